"""The silence ladder: what is done about a page that sends no messages. No I/O and no clock.

A page sends a heartbeat each second, and its readings in between. Each check asks whether the page itself (not a frame
in it) has sent a message since the check before.

| checks in a row without a message | after       | step    | what the watcher does     | what is reported           |
| --------------------------------- | ----------- | ------- | ------------------------- | -------------------------- |
| 0 to 5                            |             |         | nothing                   | nothing                    |
| 6                                 | 1.5 s       | `PROBE` | probes the browser        | `BrowserGone` if it is gone |
| 9                                 | 2.25 s      | `STALE` | keeps waiting             | STALE, with the seconds    |
| 16, doubled by each hang in a row | 4 s to 32 s | `HUNG`  | ends with `PageHung`      | STALE, with the seconds    |

A message starts the count again at 0. The next heartbeat ends STALE.
"""

from enum import Enum, auto

CHECK_S = 0.25
# One heartbeat is missing by then. A probe costs nothing, and of a driver that has died nothing else reports it.
_PROBE_CHECKS = 6
# Two heartbeats are missing by then: prices may have changed without a tick.
_STALE_CHECKS = 9
# A page that is only busy (a long script, a large table) answers within this time on most machines.
_HUNG_CHECKS = 16
_MAX_HUNG_CHECKS = 128


class SilenceStep(Enum):
    """A step of the ladder."""

    PROBE = auto()
    STALE = auto()
    HUNG = auto()


class SilenceWatchdog:
    """Counts checks without a message.

    Checks are counted, not seconds: a process that was suspended could not receive messages meanwhile.

    `hangs`: how many times in a row the page was found hung. A page may just be slow to build itself: each time the
    page gets twice the time, from 4 s up to 32 s.
    """

    def __init__(self, hangs: int = 0) -> None:
        self.silent_checks = 0
        """Checks in a row without a message."""
        hung_checks = min(_MAX_HUNG_CHECKS, _HUNG_CHECKS << min(hangs, 8))
        self._steps = {
            _PROBE_CHECKS: SilenceStep.PROBE,
            _STALE_CHECKS: SilenceStep.STALE,
            hung_checks: SilenceStep.HUNG,
        }

    def check(self, *, has_message: bool) -> SilenceStep | None:
        """Count one check. Returns the step that begins with this check; `None`: none does."""
        self.silent_checks = 0 if has_message else self.silent_checks + 1
        return self._steps.get(self.silent_checks)

    @property
    def is_silent(self) -> bool:
        """Whether the page has sent nothing for longer than a page that is well ever takes."""
        return self.silent_checks >= _PROBE_CHECKS

    @property
    def reason(self) -> str:
        """The silence in a sentence, for the status."""
        return f"no message from the page for {self.silent_checks * CHECK_S:.1f} s"
