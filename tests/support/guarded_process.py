"""A command that a test kills, freezes and starts again, and that ends when the test run ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from tests.support.waiting import DEADLINE_S
from tickql.feed.embedded import orphan_guard


class GuardedProcess:
    """A command below a guard, which ends it when the test run ends, even if the run is killed.

    The output of all its runs is in the file `log`.
    """

    def __init__(self, command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None) -> None:
        self.log = log
        self._command = command
        self._environment = {**os.environ, **(environment or {})}
        self._guard: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the command. Does not wait until it works."""
        with self.log.open("ab") as log:
            self._guard = subprocess.Popen(
                [sys.executable, orphan_guard.__file__, *self._command],
                stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True, env=self._environment,
            )  # fmt: skip

    @property
    def has_ended(self) -> bool:
        return self._guard is None or self._guard.poll() is not None

    @property
    def pid(self) -> int:
        """The process of the command itself; 0: it does not run."""
        if self._guard is not None:
            with suppress(psutil.NoSuchProcess):
                for child in psutil.Process(self._guard.pid).children():
                    return child.pid
        return 0

    @property
    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def send(self, number: signal.Signals) -> None:
        """Send a signal. One to a process that has ended is lost."""
        if pid := self.pid:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def freeze(self) -> None:
        self.send(signal.SIGSTOP)

    def thaw(self) -> None:
        self.send(signal.SIGCONT)

    def kill(self) -> None:
        """End the process with SIGKILL."""
        self._end(signal.SIGKILL)

    def terminate(self) -> None:
        """End the process with SIGTERM, at the latest with SIGKILL."""
        self.thaw()
        try:
            self._end(signal.SIGTERM)
        except subprocess.TimeoutExpired:
            self.kill()

    def _end(self, number: signal.Signals) -> None:
        if self._guard is None:
            return
        self.send(number)
        self._guard.wait(DEADLINE_S)
        assert self._guard.stdin is not None
        self._guard.stdin.close()
        self._guard = None
