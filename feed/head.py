"""The head of a symbol in Redis: the state of its numbering."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from tickql.feed.connection import Command
from tickql.feed.keys import Keys
from tickql.feed.server_facts import ServerFacts
from tickql.feed.tick import Cursor, Tick


@dataclass(frozen=True, slots=True)
class Head:
    """A symbol at one moment: its newest cursor, and the requested ticks, oldest first.

    `base`: the seq before the first tick of the newest epoch.
    """

    top: Cursor
    base: int
    ticks: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class HeadState:
    """The numbering of a symbol at one moment.

    `top`: the newest seq of `epoch`. `repair`: the last seq that a producer sends or has sent again, because Redis had
    lost it; 0: none. `is_settled`: a producer has opened the symbol since the server was started, and no
    repair runs; otherwise Redis may lack ticks that it once had. A server that tells no run id is never settled.
    """

    epoch: int
    top: int
    repair: int
    is_settled: bool

    @classmethod
    def from_replies(cls, head: Sequence[bytes | None], info: Any) -> Self | None:
        """Convert the replies to `head_state_commands`; `None`: no producer has opened the symbol.

        `info` may be a refusal.
        """
        epoch, top, repair, run = head
        if epoch is None or top is None:
            return None
        repair_seq = int(repair or 0)
        opened_in = (run or b"").decode(errors="replace").partition(":")[0]
        is_settled = opened_in == (ServerFacts.from_replies([info]).run_id or "") and repair_seq <= int(top)
        return cls(int(epoch), int(top), repair_seq, is_settled)

    def may_get(self, cursor: Cursor) -> bool:
        """Return whether Redis has the tick of a cursor of this epoch, or may have lost it and get it again."""
        return self.top >= cursor.seq or not self.is_settled

    def had(self, cursor: Cursor) -> bool:
        """Return whether a cursor of this epoch was repaired: the tick is there with the content that it had before."""
        return self.repair >= cursor.seq


def head_state_commands(keys: Keys, symbol: str) -> tuple[Command, ...]:
    """Return the commands whose replies `HeadState.from_replies` takes. Sent on one connection: to one server run."""
    return (("HMGET", keys.head(symbol), "epoch", "top", "repair", "run"), ("INFO", "server"))
