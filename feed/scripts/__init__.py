"""The Lua scripts that make each step of the feed's protocol atomic, and the verdicts that they answer.

`open` and `publish` keep three promises of the protocol. A cursor `(epoch, seq)` never names two different ticks. Ticks
that Redis lost and the producer still has are restored under their own numbers. Who opened a symbol with a newer fence
shuts out all earlier writers. `lease` gives out the fences: at most one producer at a time holds a source.
"""

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha1
from importlib import resources


class PublishVerdict(StrEnum):
    """The answer of the script `publish`."""

    OK = "OK"
    """The ticks were appended and announced."""
    DUP = "DUP"
    """A retry: all of these ticks were appended before. Nothing was changed."""
    LOST = "LOST"
    """Redis does not know the symbol: open it."""
    REOPEN = "REOPEN"
    """The symbol was opened by another writer, on another server run, or in another epoch: open it."""
    AHEAD = "AHEAD"
    """Redis lacks ticks before the first of these: open the symbol."""
    FENCED = "FENCED"
    """A producer with a newer fence has taken over the symbol: stop, or open it if it may be of the same lease."""
    AWAY = "AWAY"
    """No answer of the script: another node of the cluster serves the symbol now, or will in a moment."""


class OpenVerdict(StrEnum):
    """The answer of the script `open`: how the numbering of the symbol continues."""

    NEW = "NEW"
    """A new epoch: Redis did not know the symbol."""
    SAME = "SAME"
    """The same writer continues; nothing was lost."""
    TAKEOVER = "TAKEOVER"
    """A new writer continues after the newest tick, in the same epoch."""
    REPAIR = "REPAIR"
    """Redis lost ticks that the spool still has: send them again under their own numbers."""
    ROTATE = "ROTATE"
    """A new epoch, because lost ticks cannot be restored: readers get a gap."""
    FENCED = "FENCED"
    """A producer with a newer fence has taken over the symbol: stop."""
    OUTDATED = "OUTDATED"
    """A holder of the same lease with a newer fence has opened the symbol: ask for the lease."""
    AWAY = "AWAY"
    """No answer of the script: another node of the cluster serves the symbol now, or will in a moment."""


class LeaseVerdict(StrEnum):
    """The answer of the script `lease`: whether the asking producer may write the source."""

    HELD = "HELD"
    """The asking producer holds the lease."""
    TAKEN = "TAKEN"
    """Another producer holds the lease, and it has not expired."""
    RELEASED = "RELEASED"
    """Nobody holds the lease: its last holder released it."""
    EXPIRED = "EXPIRED"
    """The lease of another producer has expired. That producer keeps it if it renews it before another takes it."""
    ABSENT = "ABSENT"
    """Redis has no lease, or only one older than that of the asking producer: a new source, or a loss of data."""
    FENCED = "FENCED"
    """Another producer has held the lease since the asking one: stop."""


class HandoverStage(StrEnum):
    """How far one side of a handover of the lease is: the standby that is to hold it next, or the holder."""

    NONE = ""
    """There is no standby; or the holder does not think of ending."""
    WAITING = "WAITING"
    """The standby waits. It has not opened the page, or does not yet show what the holder shows."""
    READY = "READY"
    """The standby shows what the holder shows: the lease can pass to it without a tick lost."""
    CLAIMING = "CLAIMING"
    """The standby is ready, and is to replace the holder: the holder hands the lease over now."""
    LEAVING = "LEAVING"
    """The holder is about to end: its standby gets ready now."""


# EVALSHA instead of EVAL: a call per symbol and batch would otherwise carry a kilobyte of source each time.
@dataclass(frozen=True, slots=True)
class Script:
    """The source of a script and its SHA-1 digest, by which EVALSHA calls it."""

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
RIGHTS = _load("rights")
VIEW = _load("view")
