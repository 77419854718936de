"""Processes of ours that end when we do, even when we are killed (see `tickql.feed.embedded.orphan_guard`)."""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO

from tickql.feed.embedded import orphan_guard

_END_S = 15.0


async def spawn(
    command: Sequence[str],
    output: IO[bytes] | int,
    *,
    environment: Mapping[str, str] | None = None,
    pass_fds: Sequence[int] = (),
) -> asyncio.subprocess.Process:
    """Start `command`, its output and errors going to `output`, in a session of its own: no Ctrl-C reaches it."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        orphan_guard.__file__,
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=output,
        stderr=asyncio.subprocess.STDOUT,
        env=environment,
        pass_fds=pass_fds,
        start_new_session=True,
    )


async def end(process: asyncio.subprocess.Process) -> None:
    """Have a process that `spawn` started ended, gently if it can be, and wait for that (15 s at most)."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(_END_S):
            await process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
