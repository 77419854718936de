"""Programs of ours as processes of their own: started, listened to, killed, looked at."""

import asyncio
import contextlib
import os
import signal
import sys
from collections import deque
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from pathlib import Path

from tests.support.waiting import DEADLINE_S


class Program:
    """A running command, with what it has printed so far."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.output: deque[str] = deque(maxlen=500)
        self._more = asyncio.Condition()
        self._reader = asyncio.create_task(self._read())

    async def says(self, text: str) -> str:
        """Wait for a line with `text` in it."""
        try:
            async with asyncio.timeout(DEADLINE_S), self._more:
                while True:
                    for line in self.output:
                        if text in line:
                            return line
                    assert self.process.returncode is None or not self._reader.done(), "ended"
                    await self._more.wait()
        except (TimeoutError, AssertionError) as error:
            raise AssertionError(f"never said {text!r}:\n" + "\n".join(self.output)) from error

    async def ends(self) -> int:
        """Wait for its end; the exit code."""
        async with asyncio.timeout(DEADLINE_S):
            code = await self.process.wait()
            await self._reader
            return code

    async def _read(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            async with self._more:
                self.output.append(line.decode(errors="replace").rstrip())
                self._more.notify_all()
        async with self._more:
            self._more.notify_all()


@contextlib.asynccontextmanager
async def program(*arguments: str, environment: Mapping[str, str] | None = None) -> AsyncIterator[Program]:
    """Run `python ARGUMENTS` and end it with SIGTERM, at the latest with SIGKILL."""
    async with command(sys.executable, *arguments, environment=environment) as running:
        yield running


@contextlib.asynccontextmanager
async def command(
    *words: str, environment: Mapping[str, str] | None = None, folder: Path | None = None
) -> AsyncIterator[Program]:
    """Run a command, in `folder`, and end it as `program` does."""
    process = await asyncio.create_subprocess_exec(
        *words,
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "NO_COLOR": "1", "COLUMNS": "160", **(environment or {})},
        start_new_session=True,
    )
    running = Program(process)
    try:
        yield running
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            try:
                await running.ends()
            except TimeoutError:
                process.kill()
                await running.ends()


def descendants(pid: int, without: Collection[int] = ()) -> dict[int, str]:
    """Every process that came from `pid`, with its command line; none of `without`, nor what came from these."""
    parents = {int(entry.name): entry for entry in Path("/proc").iterdir() if entry.name.isdigit()}
    children: dict[int, list[int]] = {}
    for child, entry in parents.items():
        with contextlib.suppress(OSError):
            children.setdefault(int((entry / "stat").read_text().rpartition(")")[2].split()[1]), []).append(child)
    return dict(_walk(pid, children, without))


def _walk(pid: int, children: Mapping[int, Sequence[int]], without: Collection[int]) -> Iterator[tuple[int, str]]:
    for child in children.get(pid, ()):
        if child in without:
            continue
        with contextlib.suppress(OSError):
            yield child, Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        yield from _walk(child, children, without)


async def gone(pids: Sequence[int]) -> list[int]:
    """Wait until none of these processes runs any more; those that still do after the deadline."""
    return [pid for pid in pids if not await _ended(pid)]


async def _ended(pid: int) -> bool:
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        loop.add_reader(handle, ended.set)
        async with asyncio.timeout(DEADLINE_S / 2):
            await ended.wait()
    except TimeoutError:
        return False
    finally:
        loop.remove_reader(handle)
        os.close(handle)
    return True
