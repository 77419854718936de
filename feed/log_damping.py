"""Damping of a log: a state that comes and goes again and again is logged seldom, and never forgotten. No I/O."""

from collections.abc import Hashable
from dataclasses import dataclass

_FIRST_WAIT_S = 60.0
_MAX_WAIT_S = 3600.0
_MAX_LINES = 100
"""Lines that are remembered. A page could make new ones without end."""


@dataclass(slots=True)
class _Line:
    logged_s: float
    wait_s: float = _FIRST_WAIT_S


class LogDamper:
    """Decides when the present line of a log is to be written.

    A new line is written at once. A line that was written before is written again after a minute at the earliest; this
    time doubles with each repetition, up to an hour, and starts again at a minute when the line has not come for twice
    as long. So the last line written is, sooner or later, what is the case.
    """

    def __init__(self) -> None:
        self._lines: dict[Hashable, _Line] = {}
        self._newest: Hashable = None

    def is_due(self, line: Hashable, now_s: float) -> bool:
        """Return whether to write the line that is the case now. To be asked at each change, and once in a while.

        `now_s`: monotonic seconds.
        """
        if line == self._newest:
            return False
        known = self._lines.pop(line, None)
        if known is not None and now_s - known.logged_s < known.wait_s:
            self._lines[line] = known
            return False
        wait_s = _FIRST_WAIT_S
        if known is not None and now_s - known.logged_s < 2 * known.wait_s:
            wait_s = min(_MAX_WAIT_S, 2 * known.wait_s)
        # At the end of the dictionary: the first line in it is the one that was written longest ago.
        self._lines[line] = _Line(now_s, wait_s)
        self._newest = line
        if len(self._lines) > _MAX_LINES:
            del self._lines[next(iter(self._lines))]
        return True
