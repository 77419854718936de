"""The slots of a cluster: which node serves a key. No I/O."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from redis.crc import REDIS_CLUSTER_HASH_SLOTS, key_slot

from tickql.feed.redis_address import Node

SLOTS = REDIS_CLUSTER_HASH_SLOTS


def slot_of(key: str) -> int:
    """Return the slot of a key or sharded channel."""
    return key_slot(key.encode())


class _Range(NamedTuple):
    first: int
    last: int
    node: Node


class Claim(NamedTuple):
    """That a primary serves slots, as one node knows it. `epoch`: when the primary got slots last; 0: not known."""

    epoch: int
    first: int
    last: int
    node: Node


def claims(slots_reply: Sequence[Any], nodes_reply: bytes | None, asked: Node) -> list[Claim]:
    """Convert the replies of one node to `CLUSTER SLOTS` and `CLUSTER NODES`; `None`: it may not be asked for those.

    `asked`: who has answered; a node may not know its own host.
    """
    epochs: dict[bytes, int] = {}
    for line in (nodes_reply or b"").splitlines():
        # Id, address, flags, primary, ping, pong, config epoch, and more.
        fields = line.split(b" ")
        epochs[fields[0]] = int(fields[6])
    return [
        Claim(epochs.get(primary[2], 0), first, last, _node(primary, asked)) for first, last, primary, *_ in slots_reply
    ]


class SlotMap:
    """Which primary serves which slot, at one moment."""

    def __init__(self, ranges: Iterable[tuple[int, int, Node]]) -> None:
        self._ranges = [_Range(*each) for each in sorted(ranges, key=lambda each: each[0])]
        self._firsts = [each.first for each in self._ranges]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SlotMap) and self._ranges == other._ranges

    @classmethod
    def newest(cls, views: Iterable[Sequence[Claim]]) -> "SlotMap":
        """Combine what several nodes know: a slot has the primary of the newest epoch, as the nodes decide it, too.

        A node that was cut off from the others names the primaries of before. Without epochs, the most views decide.
        """
        owners: list[Node | None] = [None] * SLOTS
        counts = Counter(claim for view in views for claim in view)
        for claim in sorted(counts, key=lambda claim: (claim.epoch, counts[claim])):
            owners[claim.first : claim.last + 1] = [claim.node] * (claim.last + 1 - claim.first)
        ranges, first = [], 0
        for node, slots in groupby(owners):
            last = first + sum(1 for _ in slots) - 1
            if node is not None:
                ranges.append((first, last, node))
            first = last + 1
        return cls(ranges)

    __hash__ = None  # type: ignore[assignment] # changes from one reading to the next

    def node_of(self, key: str) -> Node | None:
        """Return the primary that serves a key; `None`: no node serves its slot."""
        slot = slot_of(key)
        index = bisect_right(self._firsts, slot) - 1
        return self._ranges[index].node if index >= 0 and slot <= self._ranges[index].last else None

    @property
    def nodes(self) -> set[Node]:
        """The primaries that serve slots."""
        return {each.node for each in self._ranges}

    @property
    def uncovered(self) -> list[tuple[int, int]]:
        """The ranges of slots that no node serves, first and last slot."""
        missing, following = [], 0
        for first, last, _ in self._ranges:
            if first > following:
                missing.append((following, first - 1))
            following = last + 1
        return [*missing, (following, SLOTS - 1)] if following < SLOTS else missing


def uncovered_text(ranges: Sequence[tuple[int, int]]) -> str:
    """Return a sentence on slots that no node serves."""
    slots = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in ranges)
    return f"no node of the cluster serves the slots {slots}: `valkey-cli --cluster check HOST:PORT` says why"


def _node(primary: Sequence[Any], asked: Node) -> Node:
    host = primary[0].decode() if primary[0] else ""
    return Node(host if host not in ("", "?") else asked.host, int(primary[1]))
