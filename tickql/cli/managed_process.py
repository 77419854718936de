"""One process of the main job: the page, the producer, the API."""

import asyncio
import os
import re
from collections.abc import Callable, Mapping, Sequence
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Self

from tickql.feed.embedded.child_process import spawn, terminate

_NOTABLE = re.compile(r" (?:WARNING|ERROR|CRITICAL) [\w.]+: (.*)")


class ManagedProcess:
    """Runs a command from enter to exit, keeps what it prints in a log file, and passes on its warnings and errors."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
        notice: Callable[[str], None],
    ) -> None:
        self.name = name
        self._command = command
        self._environment = {**os.environ, **environment, "PYTHONUNBUFFERED": "1"}
        self._log = log
        self._notice = notice
        self._last_word = ""
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Start the command."""
        self._process = await spawn(self._command, asyncio.subprocess.PIPE, environment=self._environment)
        self._reader = asyncio.create_task(self._read(self._process), name=f"{self.name} output")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the command and wait for that."""
        assert self._process is not None
        assert self._reader is not None
        await terminate(self._process)
        await self._reader

    async def ended(self) -> str:
        """Wait until the command ends by itself, and say how: its exit code and last words."""
        assert self._process is not None
        assert self._reader is not None
        code = await self._process.wait()
        await asyncio.shield(self._reader)
        if code > 128:
            return f"{self.name} was ended by signal {code - 128}"
        return f"{self.name} ended (exit code {code})" + (f": {self._last_word}" if self._last_word else "")

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        """Read until the command has closed its output. Were anything left unread, it would stop at its next word."""
        assert process.stdout is not None
        with self._opened_log() as log:
            is_kept = True
            while raw := await _line(process.stdout):
                try:
                    log.write(raw)
                    is_kept = True
                except OSError as error:
                    if is_kept:
                        self._say_unwritable(error)
                    is_kept = False
                line = raw.decode(errors="replace").rstrip()
                self._last_word = line.removeprefix("tickql: ") or self._last_word
                if (notable := _NOTABLE.search(line)) is not None:
                    self._notice(f"{self.name}: {notable[1]}")

    def _opened_log(self) -> FileIO:
        try:
            return self._log.open("ab", buffering=0)
        except OSError as error:
            self._say_unwritable(error)
            return open(os.devnull, "ab", buffering=0)

    def _say_unwritable(self, error: OSError) -> None:
        self._notice(f"{self.name}: {self._log} cannot be written: {(error.strerror or str(error)).lower()}")


async def _line(stream: asyncio.StreamReader) -> bytes:
    """The next line, in pieces if it is longer than 64 KiB; empty at the end."""
    try:
        return await stream.readuntil()
    except asyncio.IncompleteReadError as error:
        return error.partial
    except asyncio.LimitOverrunError as error:
        return await stream.read(error.consumed)
