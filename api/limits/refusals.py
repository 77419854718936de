"""The log of refusals: one line a minute and kind, however many clients are refused."""

import asyncio
import logging
from collections import Counter

logger = logging.getLogger("tickql.api")

_QUIET_S = 60.0
"""Seconds between two lines of the same kind: a flood of refusals must not fill the disk."""


class RefusalLog:
    """Logs the first refusal of a kind at once, and the number of further ones after `quiet_s`.

    Calls come from the event loop only.
    """

    def __init__(self, quiet_s: float = _QUIET_S) -> None:
        self._quiet_s = quiet_s
        self._further: Counter[str] = Counter()
        self.counts: Counter[str] = Counter()
        """How many there were of each kind."""

    def refused(self, kind: str, detail: str = "") -> None:
        """Record one refusal. `kind` says what was refused and why; `detail` is logged for the first of its kind.

        Kinds are few and fixed: nothing in them comes from a client.
        """
        self.counts[kind] += 1
        if kind in self._further:
            self._further[kind] += 1
            return
        logger.warning("refused %s%s", kind, detail and f" ({detail})")
        self._start(kind)

    def _start(self, kind: str) -> None:
        self._further[kind] = 0
        asyncio.get_running_loop().call_later(self._quiet_s, self._summarise, kind)

    def _summarise(self, kind: str) -> None:
        further = self._further.pop(kind)
        if further:
            logger.warning("refused %s: %d more in %g s", kind, further, self._quiet_s)
            self._start(kind)


refusals = RefusalLog()
"""The log of this process."""
