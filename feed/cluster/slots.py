"""The slots of a cluster: which node serves a key. No I/O."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
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


class SlotMap:
    """Which primary serves which slot, at one moment."""

    def __init__(self, ranges: Iterable[tuple[int, int, Node]]) -> None:
        self._ranges = [_Range(*each) for each in sorted(ranges, key=lambda each: each[0])]
        self._firsts = [each.first for each in self._ranges]

    @classmethod
    def from_reply(cls, reply: Sequence[Any], asked: Node) -> "SlotMap":
        """Convert the reply to `CLUSTER SLOTS`. `asked`: who has answered; a node may not know its own host."""
        return cls((first, last, _node(primary, asked)) for first, last, primary, *_ in reply)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SlotMap) and self._ranges == other._ranges

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
