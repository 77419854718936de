"""A process that `tickql up` starts and ends: the demo page, the producer or the API."""

import asyncio
import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Self

from tickql.feed.embedded.child_process import request_end, spawn, terminate

_WARNING_OR_WORSE = re.compile(r" (?:WARNING|ERROR|CRITICAL) [\w.]+: (.*)")
"""A log line of tickql or uvicorn that the user should see."""


class ManagedProcess:
    """Runs a command from enter to exit. Its output goes to a log file, its warnings and errors to `on_warning`."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
        on_warning: Callable[[str], None],
    ) -> None:
        self.name = name
        self._command = command
        # Unbuffered: a warning must reach the terminal when it happens, not when 8 KiB have gathered.
        self._environment = {**os.environ, **environment, "PYTHONUNBUFFERED": "1"}
        self._log = log
        self._on_warning = on_warning
        self._last_line = ""
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Start the command."""
        self._process = await spawn(self._command, asyncio.subprocess.PIPE, environment=self._environment)
        self._reader = asyncio.create_task(self._read_output(self._process), name=f"{self.name} output")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the command and wait until it has ended; 9.5 s at most."""
        assert self._process is not None
        assert self._reader is not None
        await terminate(self._process)
        await self._reader

    def request_end(self) -> None:
        """Ask the command to end, without waiting for it."""
        if self._process is not None:
            request_end(self._process)

    async def wait(self) -> str:
        """Wait until the command ends by itself. Returns a sentence with its exit code and the last line it printed."""
        assert self._process is not None
        assert self._reader is not None
        code = await self._process.wait()
        # The reader belongs to the object: the caller may be cancelled, the reader goes on.
        await asyncio.shield(self._reader)
        if code > 128:
            return f"{self.name} was ended by signal {code - 128}"
        return f"{self.name} ended (exit code {code})" + (f": {self._last_line}" if self._last_line else "")

    async def _read_output(self, process: asyncio.subprocess.Process) -> None:
        """Read until the command closes its output. A pipe that nobody reads would block the command."""
        assert process.stdout is not None
        with self._open_log() as log:
            is_written = True
            while raw := await _read_line(process.stdout):
                try:
                    log.write(raw)
                    is_written = True
                except OSError as error:
                    # One warning per outage: a full disk would otherwise give one for each line.
                    if is_written:
                        self._warn_of_log(error)
                    is_written = False
                line = raw.decode(errors="replace").rstrip()
                message, is_warning = _read_log_line(line)
                self._last_line = message or self._last_line
                if is_warning:
                    self._on_warning(f"{self.name}: {message}")

    def _open_log(self) -> FileIO:
        try:
            return self._log.open("ab", buffering=0)
        except OSError as error:
            self._warn_of_log(error)
            return open(os.devnull, "ab", buffering=0)

    def _warn_of_log(self, error: OSError) -> None:
        self._on_warning(f"{self.name}: {self._log} cannot be written: {(error.strerror or str(error)).lower()}")


def _read_log_line(line: str) -> tuple[str, bool]:
    """Return the message of a line in either form of the log, and whether it is a warning or worse."""
    if line.startswith("{"):
        with suppress(ValueError, KeyError, TypeError):
            fields = json.loads(line)
            return str(fields["message"]), fields["level"] in ("WARNING", "ERROR", "CRITICAL")
    found = _WARNING_OR_WORSE.search(line)
    return (found[1], True) if found is not None else (line.removeprefix("tickql: "), False)


async def _read_line(stream: asyncio.StreamReader) -> bytes:
    """Return the next line, in pieces if it is longer than 64 KiB (the limit of a `StreamReader`); empty at the end."""
    try:
        return await stream.readuntil()
    except asyncio.IncompleteReadError as error:
        return error.partial
    except asyncio.LimitOverrunError as error:
        return await stream.read(error.consumed)
