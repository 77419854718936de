"""What a server says of itself in INFO: which run it is, whether it is a cluster, and whether it may delete ticks."""

import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from redis.exceptions import ResponseError

from tickql.feed.connection import Command
from tickql.feed.errors import FeedRefused

logger = logging.getLogger("tickql.feed")

FACTS_COMMANDS: tuple[Command, ...] = (("INFO", "server"), ("INFO", "memory"), ("INFO", "replication"))
"""The commands whose replies `ServerFacts.from_replies` takes. Their refusal is no error: managed servers have it."""
NO_RUN_ID = (
    "redis does not tell its run_id, so a restart of it cannot be told from an outage: each new producer begins a new "
    "epoch, and readers get a gap. INFO server tells it (ACL rule +info)"
)


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """`run_id`: each start of a server has another one; `None`: it is not told. `is_cluster`: a node of a cluster.

    `evicts`: the sentence that the server may delete ticks when its memory is full; `None`: it does not, or tells
    nothing. `replication_id`: each server that becomes a primary has another one. `replicas`: those that are connected.
    """

    run_id: str | None
    is_cluster: bool
    evicts: str | None
    replication_id: str = ""
    replicas: int = 0

    @classmethod
    def from_replies(cls, replies: Sequence[Any]) -> Self:
        """Convert the replies to `FACTS_COMMANDS`, some of which may be refusals."""
        fields: dict[str, str] = {}
        for reply in replies:
            if not isinstance(reply, ResponseError):
                lines = bytes(reply).decode(errors="replace").splitlines()
                fields.update((name, value) for name, colon, value in (line.partition(":") for line in lines) if colon)
        is_cluster = "cluster" in (fields.get("redis_mode"), fields.get("server_mode"))
        replication_id, replicas = fields.get("master_replid", ""), int(fields.get("connected_slaves", "0"))
        return cls(fields.get("run_id") or None, is_cluster, _evicts(fields), replication_id, replicas)

    def check_kind(self, *, expects_cluster: bool = False) -> None:
        """Check that the server is of the kind that the address names.

        Raises:
            FeedRefused: it is a node of a cluster, and the address does not say so.
        """
        if self.is_cluster and not expects_cluster:
            raise FeedRefused(
                "Redis refused: this is a Redis Cluster; say so in TICKQL_REDIS_URL: redis://HOST/?cluster=1"
            )

    @property
    def run_token(self) -> str:
        """What differs from run to run of a server, and each time that it becomes the primary; begins with the run id.

        A server that was the primary, then a replica and then the primary again may lack ticks, as after a restart. One
        that tells no run id has another token at each connection, as it may have restarted.
        """
        return f"{self.run_id}:{self.replication_id}" if self.run_id else f"unknown-{uuid.uuid4().hex}"


class CautionLog:
    """Logs what may go wrong with a server, once, when it appears."""

    def __init__(self) -> None:
        self._logged: set[str] = set()

    def record(self, facts: ServerFacts) -> None:
        """Log what is new."""
        cautions = {each for each in (facts.evicts, None if facts.run_id else NO_RUN_ID) if each is not None}
        for caution in sorted(cautions - self._logged):
            logger.warning("%s", caution)
        self._logged = cautions


def _evicts(fields: dict[str, str]) -> str | None:
    policy, limit = fields.get("maxmemory_policy", ""), fields.get("maxmemory", "0")
    # No key that holds ticks expires: the volatile-* policies do not touch them.
    if not policy.startswith("allkeys") or limit == "0":
        return None
    return f"Redis may delete ticks when its memory is full: set its maxmemory-policy, {policy}, to noeviction"
