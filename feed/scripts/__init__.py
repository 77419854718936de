"""The Lua scripts that make each step on the feed atomic, and what they answer.

`publish` and `open` answer a verdict. Theirs is the protocol that keeps two promises: `(epoch, seq)` names one content
for ever, and what Redis lost while the producer still has it comes back under its own numbers. `lease` answers one too:
of all who would write a source, one may.
"""

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha1
from importlib import resources


class PublishVerdict(StrEnum):
    """What became of a publish call."""

    OK = "OK"
    """Appended and announced."""
    DUP = "DUP"
    """All of it had landed before: a retry."""
    LOST = "LOST"
    """Redis knows nothing of the symbol: open it."""
    REOPEN = "REOPEN"
    """Opened by another writer, server or epoch: open it."""
    AHEAD = "AHEAD"
    """Redis lost entries before these: open it."""
    FENCED = "FENCED"
    """A newer producer has taken over: stop."""
    UNHELD = "UNHELD"
    """Redis does not know the lease as ours: ask for it."""


class OpenVerdict(StrEnum):
    """How the numbering of a symbol goes on."""

    NEW = "NEW"
    """A new epoch: Redis knew nothing of the symbol."""
    SAME = "SAME"
    """The same writer goes on, nothing was lost."""
    TAKEOVER = "TAKEOVER"
    """A new writer goes on after the top, in the same epoch."""
    REPAIR = "REPAIR"
    """Redis lost ticks that the spool still has: send them again under their own numbers."""
    ROTATE = "ROTATE"
    """A new epoch: what Redis lost cannot be restored, so readers are told of a gap."""
    FENCED = "FENCED"
    """A newer producer has taken over: stop."""
    UNHELD = "UNHELD"
    """Redis does not know the lease as ours: ask for it."""


class LeaseVerdict(StrEnum):
    """Who may write a source."""

    HELD = "HELD"
    """The one who asks."""
    TAKEN = "TAKEN"
    """Another one, who was heard of within the time of the lease."""
    RELEASED = "RELEASED"
    """Nobody: its last holder has given it up."""
    EXPIRED = "EXPIRED"
    """Nobody, if its last holder is not heard of soon."""
    ABSENT = "ABSENT"
    """Redis knows of no lease, or of one from before the lease of the one who asks: new, or lost by Redis."""
    FENCED = "FENCED"
    """Another one has held it since the one who asks: stop."""


@dataclass(frozen=True, slots=True)
class Script:
    """A script's source and the SHA-1 by which Redis calls it."""

    source: str
    sha: str


def _load(name: str) -> Script:
    source = resources.files(__name__).joinpath(f"{name}.lua").read_text(encoding="utf-8")
    return Script(source, sha1(source.encode(), usedforsecurity=False).hexdigest())


PUBLISH = _load("publish")
OPEN = _load("open")
FENCE = _load("fence")
LEASE = _load("lease")
RELEASE = _load("release")
READ = _load("read")
FIND = _load("find")
