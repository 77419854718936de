"""Two relays of one name: one works, the other is its standby."""

import itertools
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.support.guarded_process import GuardedProcess
from tests.support.waiting import until

_WORKS, _LOST = "passes the feed on to", "another relay has taken over"
"""What a relay logs when it gets the lease, and when it has lost it."""


class Relays:
    """Keeps two relay processes alive. Each life has a log of its own."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._environment = environment
        self._numbers = itertools.count(1)
        self._relays = [self._new(), self._new()]

    def start(self) -> None:
        for relay in self._relays:
            relay.start()

    def holder(self) -> GuardedProcess | None:
        """Return the one that works; `None`: none does."""
        return next((relay for relay in self._relays if relay.log.exists() and _works(relay.output)), None)

    async def wait_for_holder(self) -> GuardedProcess:
        async def works() -> bool:
            assert not any(relay.has_ended for relay in self._relays), self._relays[0].output + self._relays[1].output
            return self.holder() is not None

        await until(works)
        holder = self.holder()
        assert holder is not None
        return holder

    def replace(self, relay: GuardedProcess) -> None:
        """Kill a relay, and start another one, which is the standby of the other."""
        relay.kill()
        self._relays.remove(relay)
        self._relays.append(self._new())
        self._relays[-1].start()

    def stop(self) -> None:
        for relay in self._relays:
            if not relay.has_ended:
                relay.thaw()
                relay.kill()

    def _new(self) -> GuardedProcess:
        log = self._folder / f"relay-{next(self._numbers)}.log"
        return GuardedProcess([sys.executable, "-m", "tickql", "relay"], log, self._environment)


def _works(output: str) -> bool:
    return output.rfind(_WORKS) > output.rfind(_LOST)
