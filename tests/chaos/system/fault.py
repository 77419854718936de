"""A fault: what happens to the system, from its beginning until its cause is gone."""

import random
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from enum import Flag, auto
from typing import Any

from tests.chaos.system.system import System
from tests.support.gap_rules import Allowed
from tickql.feed.tick import GapReason

Cause = Callable[[System, random.Random], Coroutine[Any, Any, None]]
"""Makes the fault, and returns when its cause is gone."""


class Effect(Flag):
    """What a fault does to the stored ticks, so that a gap may follow."""

    NONE = 0
    RENUMBERS = auto()
    """The numbering is lost."""
    TRIMS = auto()
    """Stored ticks are lost, and the numbering is not."""
    ENDS_REDIS = auto()
    """Redis ends, and may lose its newest ticks. The producer has them."""
    ENDS_PRODUCER = auto()
    """The producer ends, or another takes over, which does not have the ticks of the former."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`parts`: what the fault needs for itself. Two faults that need the same part do not overlap."""

    name: str
    parts: tuple[str, ...]
    cause: Cause
    effect: Effect = Effect.NONE


def allowed_after(faults: Sequence[Fault], keeps_all: bool) -> Allowed:
    """Return the gaps that these faults can explain. `keeps_all`: whether Redis keeps all ticks of the run."""
    count = {effect: sum(effect in fault.effect for fault in faults) for effect in Effect}
    epochs = 1 + count[Effect.RENUMBERS]
    if count[Effect.ENDS_REDIS] and count[Effect.ENDS_PRODUCER]:
        epochs += count[Effect.ENDS_REDIS] + count[Effect.ENDS_PRODUCER]
    reasons = {GapReason.RESTARTED} if epochs > 1 else set()
    if count[Effect.TRIMS] or count[Effect.RENUMBERS] or not keeps_all:
        reasons.add(GapReason.TRIMMED)
    return Allowed(frozenset(reasons), epochs)
