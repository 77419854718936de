"""A primary, its replica and a Sentinel for tests."""

import asyncio
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import redis

from tests.support.guarded_process import GuardedProcess
from tests.support.redis_server import RedisServer
from tests.support.waiting import DEADLINE_S, until
from tickql.feed.embedded.ports import free_port
from tickql.feed.embedded.server import find_server

NAME = "board"
_DOWN_MS = 500


class SentinelSetup:
    """Two servers on loopback, of which a Sentinel makes one the primary. `servers`: the first is it at the start."""

    def __init__(self, folder: Path, *, keeps_data: bool = False) -> None:
        self.servers = [self._server(folder / str(number), keeps_data) for number in range(2)]
        self._port = free_port()
        self.url = f"redis+sentinel://127.0.0.1:{self._port}/{NAME}/0"
        # Sentinel writes what it knows into its own file.
        file = folder / "sentinel.conf"
        file.write_text(
            f"port {self._port}\nbind 127.0.0.1\ndir {folder}\n"
            f"sentinel monitor {NAME} 127.0.0.1 {self.servers[0].port} 1\n"
            f"sentinel down-after-milliseconds {NAME} {_DOWN_MS}\nsentinel failover-timeout {NAME} 3000\n"
        )
        self._sentinel = GuardedProcess([find_server(), str(file), "--sentinel"], folder / "sentinel.log")

    def _server(self, folder: Path, keeps_data: bool) -> RedisServer:
        folder.mkdir(parents=True)
        return RedisServer(folder, keeps_data=keeps_data, options=("--repl-diskless-sync-delay", "0"))

    def start(self) -> None:
        primary, replica = self.servers
        for server in self.servers:
            server.start()
        _ask(replica.port, "REPLICAOF", "127.0.0.1", primary.port)
        self._sentinel.start()
        self.wait_for_replica()

    def wait_for_replica(self) -> None:
        """Wait until the Sentinel knows a replica that has the primary's data."""
        deadline = time.monotonic() + DEADLINE_S
        while not self._has_replica():
            assert time.monotonic() < deadline, self._sentinel.output
            time.sleep(0.02)

    def _has_replica(self) -> bool:
        try:
            primary = _ask(self._port, "SENTINEL", "MASTER", NAME)
            replicas = _ask(self._port, "SENTINEL", "REPLICAS", NAME)
        except redis.RedisError:
            return False
        fields = [dict(zip(each[::2], each[1::2], strict=True)) for each in ([primary] if primary else [])]
        links = [dict(zip(each[::2], each[1::2], strict=True)).get(b"master-link-status") for each in replicas]
        return bool(fields) and b"ok" in links

    @property
    def primary(self) -> RedisServer:
        """The primary, as the Sentinel knows it."""
        _, port = _ask(self._port, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", NAME)
        return next(server for server in self.servers if server.port == int(port))

    @property
    def replica(self) -> RedisServer:
        """The other server."""
        primary = self.primary
        return next(server for server in self.servers if server is not primary)

    def fail_over(self) -> None:
        """Have the Sentinel promote the replica of a primary that is well."""
        with suppress(redis.RedisError):
            _ask(self._port, "SENTINEL", "FAILOVER", NAME)

    def keep_primary(self, server: RedisServer, *, is_kept: bool) -> None:
        """Have a server refuse to become a replica, or no longer: as if no Sentinel could reach it."""
        sign = "-" if is_kept else "+"
        _ask(server.port, "ACL", "SETUSER", "default", f"{sign}replicaof", f"{sign}slaveof")

    async def heal(self) -> None:
        """Start what was killed, and wait until the primary has its replica.

        Sentinel would wait for 8 s until it makes a server that comes back a replica: an operator need not.
        """
        for server in self.servers:
            server.thaw()
        if all(server.has_ended for server in self.servers):
            await self.primary.restart()
        for server in self.servers:
            if server.has_ended:
                await server.restart()
                self._make_replica(server)
        await asyncio.to_thread(self.wait_for_replica)

    def _make_replica(self, server: RedisServer) -> None:
        if server is not (primary := self.primary):
            _ask(server.port, "REPLICAOF", "127.0.0.1", primary.port)

    async def until_replaced(self, server: RedisServer) -> None:
        """Wait until another server is the primary."""

        async def is_replaced() -> bool:
            now = self.primary
            return now is not server and b"role:master" in _ask(now.port, "INFO", "replication")

        await until(is_replaced)

    async def replace_primary(self) -> None:
        """Kill the primary, and wait until its replica has been promoted."""
        dead = self.primary
        dead.kill()
        await self.until_replaced(dead)

    def stop(self) -> None:
        self._sentinel.kill()
        for server in self.servers:
            server.stop()


def _ask(port: int, *command: object) -> Any:
    # A plain connection: redis-py's client converts the replies of Sentinel.
    connection = redis.Connection(port=port, protocol=2, socket_timeout=DEADLINE_S)  # type: ignore[no-untyped-call]
    try:
        connection.send_command(*command)  # type: ignore[no-untyped-call]
        return connection.read_response()
    finally:
        connection.disconnect()  # type: ignore[no-untyped-call]
