"""One connection of a publisher to one primary of a cluster."""

from collections.abc import Sequence
from typing import Any

from tickql.feed.cluster.redirects import REDIRECTS
from tickql.feed.connection import Command, check_replies
from tickql.feed.publish_session import PublishSession
from tickql.feed.scripts import PublishVerdict


class ShardSession(PublishSession):
    """Opens the symbols of one primary and sends their spools.

    `redirected`: whether the primary has answered, since this was set to false, that it does not serve a symbol. Such a
    symbol is closed, and its ticks stay in the spool.
    """

    redirected = False

    def _check(self, replies: Sequence[Any], parts: int) -> list[Any]:
        away = [isinstance(reply, REDIRECTS) for reply in replies]
        if not any(away):
            return super()._check(replies, parts)
        self.redirected = True
        answer = [PublishVerdict.AWAY.encode(), *[0] * (parts - 1)]
        return check_replies([answer if is_away else reply for reply, is_away in zip(replies, away, strict=True)])

    def _registration(self, symbols: Sequence[str]) -> list[Command]:
        # The set of all symbols lies on one node: the cluster publisher registers them there.
        return []
