"""Calls of the scripts that only read, on a server that may not have them."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from redis.exceptions import NoScriptError

from tickql.feed.connection import check_replies
from tickql.feed.pool import CallPool
from tickql.feed.scripts import Script


class ScriptCall(NamedTuple):
    """The keys of a call, all of one slot, and its other arguments."""

    keys: Sequence[str]
    arguments: Sequence[str | int]


async def call_script(pool: CallPool, script: Script, calls: Sequence[ScriptCall]) -> list[Any]:
    """Return the reply to each call of a script. One round trip for all.

    Raises:
        FeedUnavailable: Redis does not answer, or refuses one of the calls (`FeedRefused`).
    """
    commands = [(len(call.keys), *call.keys, *call.arguments) for call in calls]
    replies = await pool.call(*(("EVALSHA_RO", script.sha, *command) for command in commands))
    unknown = [number for number, reply in enumerate(replies) if isinstance(reply, NoScriptError)]
    if unknown:
        # A new or emptied server does not have the script: EVAL_RO sends its source, and the server keeps it.
        sent = await pool.call(*(("EVAL_RO", script.source, *commands[number]) for number in unknown))
        for number, reply in zip(unknown, sent, strict=True):
            replies[number] = reply
    return check_replies(replies)
