"""A child process that ends when the benchmark ends, even if the benchmark is killed."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from bench.errors import ServerFailed
from bench.process_tree import ProcessTree, descendants
from tickql.feed.embedded import orphan_guard

ROOT = Path(__file__).parent.parent
_PATIENCE_S = 15.0
_KILLED_S = 10.0
_POLL_S = 0.02


def free_port() -> int:
    """A free loopback port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Child:
    """Runs a command from enter to exit, in a separate session: Ctrl-C does not reach it; we end it.

    Its output goes to a file in `folder`. The end of the file is part of the error when the command fails.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        folder: Path,
        environment: Mapping[str, str] | None = None,
        patience_s: float = _PATIENCE_S,
    ) -> None:
        self.name = name
        self._patience_s = patience_s
        self._command = command
        self._log = folder / f"{name}.log"
        self._environment = {**os.environ, **(environment or {})}
        self._guard: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start it."""
        with self._log.open("ab") as log:
            self._guard = subprocess.Popen(
                [sys.executable, orphan_guard.__file__, *self._command],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environment,
                cwd=ROOT,
                start_new_session=True,
            )
        while self._guard.poll() is None and not descendants(self._guard.pid):
            time.sleep(_POLL_S / 10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it, gently if it can be within `patience_s`, and all that came from it, and wait for that."""
        assert self._guard is not None
        assert self._guard.stdin is not None
        processes = descendants(self._guard.pid)
        self._guard.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self._guard.wait(self._patience_s)
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(processes, _KILLED_S)
        self._guard.wait(_KILLED_S)

    @property
    def processes(self) -> list[psutil.Process]:
        """The command's process and all that it has started.

        Raises:
            ServerFailed: it has ended.
        """
        assert self._guard is not None
        found = descendants(self._guard.pid)
        if not found:
            raise ServerFailed(f"{self.name} has ended: {self.last_output()}")
        return found

    def process_tree(self) -> ProcessTree:
        """Return its process tree, to be measured.

        Raises:
            ServerFailed: it has ended.
        """
        return ProcessTree(self.name, self.processes[0].pid, self.last_output)

    def send_signal(self, number: signal.Signals) -> None:
        """Send the command a signal."""
        self.processes[0].send_signal(number)

    def wait_for_port(self, port: int, deadline_s: float = 30.0) -> None:
        """Wait until it accepts connections.

        Raises:
            ServerFailed: it ended, or does not by the deadline.
        """
        self.wait_until(lambda: _answers(port), f"did not listen on port {port}", deadline_s)

    def last_output(self) -> str:
        """The end of its output: the last four lines."""
        return " / ".join(self._log.read_text(errors="replace").splitlines()[-4:]) or "it printed nothing"

    def wait_until(self, done: Callable[[], bool], fault: str, deadline_s: float = 30.0) -> None:
        """Wait for something that it does; `fault` says what it did not do.

        Raises:
            ServerFailed: it ended, or has not done it by the deadline.
        """
        assert self._guard is not None
        end = time.monotonic() + deadline_s
        while not done():
            if self._guard.poll() is not None:
                raise ServerFailed(f"{self.name} ended at once: {self.last_output()}")
            if time.monotonic() > end:
                raise ServerFailed(f"{self.name} {fault} within {deadline_s:g} s: {self.last_output()}")
            time.sleep(_POLL_S)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
