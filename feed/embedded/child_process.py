"""Child processes that end when this process ends, even if it is killed (see `tickql.feed.embedded.orphan_guard`)."""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO

from tickql.feed.embedded import orphan_guard

_KILL_AFTER_S = 9.5
"""Longer than the 8 s after which the guard kills the command: the guard should end first, and by itself."""


async def spawn(
    command: Sequence[str],
    output: IO[bytes] | int,
    *,
    environment: Mapping[str, str] | None = None,
    pass_fds: Sequence[int] = (),
) -> asyncio.subprocess.Process:
    """Start `command` under the guard; `output` receives its standard output and its errors.

    The files that the command writes can be read by their owner only. The command runs in a session of its own: a
    Ctrl-C in the terminal does not reach it.
    """
    return await asyncio.create_subprocess_exec(
        sys.executable,
        orphan_guard.__file__,
        *command,
        # The guard ends the command when this pipe closes: by `terminate`, or by the kernel if this process dies.
        stdin=asyncio.subprocess.PIPE,
        stdout=output,
        stderr=asyncio.subprocess.STDOUT,
        env=environment,
        pass_fds=pass_fds,
        start_new_session=True,
        umask=0o077,
    )


def request_end(process: asyncio.subprocess.Process) -> None:
    """Have the guard send SIGTERM to the command, and SIGKILL 8 s later. Returns at once; may be called again."""
    if process.stdin is not None:
        process.stdin.close()


def request_kill(process: asyncio.subprocess.Process) -> None:
    """Have the guard send SIGKILL to the command: it does not react any more. Returns at once."""
    if process.stdin is not None and not process.stdin.is_closing():
        process.stdin.write(b"!")
        process.stdin.close()


async def terminate(process: asyncio.subprocess.Process) -> None:
    """End a process that `spawn` started and wait until it has ended: SIGTERM, then SIGKILL; 9.5 s at most."""
    request_end(process)
    try:
        async with asyncio.timeout(_KILL_AFTER_S):
            await process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
