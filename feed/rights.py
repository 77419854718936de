"""The rights in Redis that each part needs, as commands to try, and the message that names those which its user lacks.

They are asked for before anything is written: a user that may write a stream and not its channel would store ticks
that nobody hears of. `deploy/redis/` has the ACL rules of all parts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from redis.exceptions import NoPermissionError, NoScriptError, ResponseError

from tickql.feed import scripts
from tickql.feed.connection import Command, RedisConnection, check_replies
from tickql.feed.errors import FeedRefused
from tickql.feed.keys import Keys

_ANY_SYMBOL = "SYMBOL"
"""Stands for every symbol, where a part must have the same rights for all."""

_ANY_SOURCE = "source"
"""Stands for every feed file."""

_AT_ONCE = 2_500
"""Rights asked for in one call, of 500 symbols: Redis needs some milliseconds, in which it does nothing else."""


@dataclass(frozen=True, slots=True)
class Right:
    """A command with its arguments that a user must be allowed to run, and the ACL rules that allow it."""

    command: tuple[str, ...]
    rules: tuple[str, ...]

    @property
    def name(self) -> str:
        """The command and its key or channel."""
        return " ".join(self.command[:2])


def producer_rights(keys: Keys, lease_key: str | None) -> list[Right]:
    """Return what a producer needs besides its symbols. `lease_key`: `None` if it writes without a lease."""
    key, channel = (f"~{keys.namespace}:*",), (f"&{keys.namespace}:*",)
    rights = [
        _right(key, "GET", keys.fence),
        _right(key, "SET", keys.fence, "1"),
        _right(key, "SADD", keys.symbols, _ANY_SYMBOL),
        _right(key, "HSET", keys.status, "source", "report"),
        _right(channel, keys.publish_name, keys.status, ""),
        _right(channel, keys.publish_name, keys.symbols, ""),
    ]
    if keys.one_channel:
        rights.append(_right((f"&{keys.everything}",), "PUBLISH", keys.everything, ""))
    if lease_key is not None:
        # A standby compares its page with what the holder has reported.
        lease = [
            ("HGET", lease_key, "fence"),
            ("HMGET", lease_key, "fence"),
            ("HSET", lease_key, "fence", "1"),
            ("HGETALL", keys.status),
        ]
        rights += [_right(key, *command) for command in lease]
        rights.append(_right((), "TIME"))
    return rights


def relay_rights(keys: Keys, lease_key: str) -> list[Right]:
    """Return what a relay needs besides those of a reader: its lease."""
    rules = (f"~{keys.namespace}:relay-*", f"~{keys.fence}")
    commands = [("HGET", lease_key, "fence"), ("HMGET", lease_key, "fence"), ("HSET", lease_key, "fence", "1")]
    fence = [("GET", keys.fence), ("SET", keys.fence, "1")]
    return [*(_right(rules, *command) for command in (*commands, *fence)), _right((), "TIME")]


def symbol_rights(keys: Keys, symbols: Iterable[str]) -> list[Right]:
    """Return what a producer needs for its symbols."""
    key, channel = (f"~{keys.namespace}:*",), (f"&{keys.namespace}:*",)
    rights = []
    for symbol in symbols:
        head, stream = keys.head(symbol), keys.ticks(symbol)
        rights += [
            _right(key, "HMGET", head, "epoch"),
            _right(key, "HSET", head, "epoch", "1"),
            _right(key, "XREVRANGE", stream, "+", "-", "COUNT", "1"),
            _right(key, "XADD", stream, "MAXLEN", "~", "1", "1-1", "tick", ""),
            _right(channel, keys.publish_name, keys.channel(symbol), ""),
        ]
    return rights


def reader_rights(keys: Keys) -> list[Right]:
    """Return what a reader of the feed needs: the API, for example."""
    key, channel = (f"%R~{keys.namespace}:*",), (f"&{keys.namespace}:*",)
    head, stream = keys.head(_ANY_SYMBOL), keys.ticks(_ANY_SYMBOL)
    commands = [
        ("SMEMBERS", keys.symbols), ("HGETALL", keys.status), ("EXISTS", head), ("HGET", head, "newest"),
        ("HMGET", head, "epoch"), ("XRANGE", stream, "-", "+", "COUNT", "1"),
        ("XREVRANGE", stream, "+", "-", "COUNT", "1"),
    ]  # fmt: skip
    channels = (keys.status, keys.symbols, keys.channel(_ANY_SYMBOL))
    return [
        *(_right(key, *command) for command in commands),
        *(_right(channel, keys.subscribe_name, each) for each in channels),
        _right((), keys.unsubscribe_name, keys.status),
    ]


def fault_rights(keys: Keys) -> list[Right]:
    """Return what a producer needs to keep the faults of its page. Without these it works, but keeps none."""
    rules = (f"~{keys.namespace}:*",)
    return [_right(rules, "HGET", keys.faults, "source"), _right(rules, "HSET", keys.faults, "source", "events")]


def view_rights(keys: Keys, source: str) -> list[Right]:
    """Return what a producer needs to show what it sees. Without these it works, but shows nothing."""
    key, channel = (f"~{keys.namespace}:*",), (f"&{keys.namespace}:*",)
    # Selectors of Redis 7: the user may run these commands on these names only.
    subscribe = keys.subscribe_name
    hears, expires = f"(+{subscribe.lower()} &{keys.view_requests})", f"(+pexpire ~{keys.views})"
    return [
        Right((subscribe, keys.view_request(source)), (hears,)),
        _right(channel, keys.publish_name, keys.view(source), ""),
        _right(key, "HSET", keys.view(source), "id", "1"),
        Right(("PEXPIRE", keys.view(source), "1"), (expires,)),
    ]


def view_request_rights(keys: Keys) -> list[Right]:
    """Return what a reader needs to ask producers what they see. Without these it works, but asks none."""
    channel, asks = (f"&{keys.namespace}:*",), f"(+{keys.publish_name.lower()} &{keys.view_requests})"
    return [
        _right(channel, keys.subscribe_name, keys.view(_ANY_SOURCE)),
        Right((keys.publish_name, keys.view_request(_ANY_SOURCE), ""), (asks,)),
        _right((f"%R~{keys.namespace}:*",), "HMGET", keys.view(_ANY_SOURCE), "view"),
        _right((f"%R~{keys.namespace}:*",), "HGETALL", keys.faults),
    ]


async def check_producer_rights(connection: RedisConnection, rights: Sequence[Right]) -> None:
    """Ask Redis whether this connection's user has these rights. It must be allowed `SCRIPT LOAD` and `EVALSHA`.

    Raises:
        FeedRefused: it lacks some. The message names them and the rules to add.
        FeedUnavailable: the connection broke.
    """
    load: Command = ("SCRIPT", "LOAD", scripts.RIGHTS.source)
    for start in range(0, len(rights), _AT_ONCE):
        part = rights[start : start + _AT_ONCE]
        evaluate: Command = ("EVALSHA", scripts.RIGHTS.sha, 0, *_words(part))
        _judge(await connection.call(load, evaluate), part, ("+script|load", "+evalsha"))


async def check_reader_rights(connection: RedisConnection, rights: Sequence[Right]) -> None:
    """Ask the same for a reader, which must be allowed `EVALSHA_RO`, and `EVAL_RO` unless the server has the script."""
    words = _words(rights)
    replies = await connection.call(("EVALSHA_RO", scripts.RIGHTS.sha, 0, *words))
    if isinstance(replies[0], NoScriptError):
        replies = await connection.call(("EVAL_RO", scripts.RIGHTS.source, 0, *words))
    _judge(replies, rights, ("+evalsha_ro", "+eval_ro"))


def _right(rules: Sequence[str], *command: str) -> Right:
    return Right(command, (f"+{command[0].lower()}", *rules))


def _words(rights: Iterable[Right]) -> list[str | int]:
    words: list[str | int] = []
    for right in rights:
        words += [len(right.command), *right.command]
    return words


def _judge(replies: Sequence[Any], rights: Sequence[Right], script_rules: Sequence[str]) -> None:
    for reply in replies:
        if isinstance(reply, NoPermissionError):
            raise _missing(str(reply), script_rules) from reply
        if isinstance(reply, ResponseError) and "acl_check_cmd" in str(reply):
            raise FeedRefused("Redis refused: its version is below 7; install Redis 7 or Valkey 8") from reply
    refused = [rights[number - 1] for number in check_replies(replies)[-1]]
    if refused:
        more = f" and {len(refused) - 1} more" if len(refused) > 1 else ""
        # A dictionary keeps the order, and each rule once.
        rules = dict.fromkeys(rule for right in refused for rule in right.rules)
        raise _missing(f"this user may not run {refused[0].name}{more}", list(rules))


def _missing(what: str, rules: Sequence[str]) -> FeedRefused:
    return FeedRefused(f"Redis refused: {what}; add to its user: ACL SETUSER <user> {' '.join(rules)}")
