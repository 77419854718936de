"""The board's server, and its command line."""

import asyncio
import re
import signal
from pathlib import Path

import orjson
import pytest
from websockets.asyncio.client import connect

from tests.support.process import program
from tests.support.waiting import DEADLINE_S
from tickql.demo.errors import CannotListen
from tickql.demo.server import DemoServer
from tickql.demo.simulation import simulate


async def _get(url: str, path: str) -> tuple[int, str]:
    host, port = url.removeprefix("http://").strip("/").split(":")
    async with asyncio.timeout(DEADLINE_S):
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
        answer = (await reader.read()).decode()
        writer.close()
        await writer.wait_closed()
    return int(answer.split()[1]), answer


async def test_the_board_is_three_files_under_a_strict_policy() -> None:
    async with DemoServer(simulate(1, 20)) as server:
        for path, kind in [("/", "text/html"), ("/board.css", "text/css"), ("/board.js?x", "text/javascript")]:
            status, answer = await _get(server.url, path)
            assert status == 200
            assert f"Content-Type: {kind}" in answer
            assert "Content-Security-Policy: default-src 'none';" in answer


@pytest.mark.parametrize("path", ["/nope", "/../pyproject.toml", "/server.py", "/feed.toml", "/%2e%2e/x"])
async def test_nothing_else_is_served(path: str) -> None:
    async with DemoServer(simulate(1, 20)) as server:
        assert (await _get(server.url, path))[0] == 404


async def test_the_server_sends_quotes_when_the_board_requests_them() -> None:
    async with (
        asyncio.timeout(DEADLINE_S),
        DemoServer(simulate(1, 20)) as server,
        connect(server.url.replace("http", "ws") + "quotes") as board,
    ):
        assert orjson.loads(await board.recv())["notice"] == "SIMULATED DATA"
        await board.send("more")
        first = orjson.loads(await board.recv())["quotes"][0]
    expected = next(simulate(1, 20))
    assert first == [0, expected.symbol, expected.ask, expected.bid, expected.last]


async def test_a_board_that_is_open_does_not_keep_the_server_from_closing() -> None:
    async with asyncio.timeout(DEADLINE_S):
        async with DemoServer(simulate(1, 20)) as server:
            board = await connect(server.url.replace("http", "ws") + "quotes")
        await board.wait_closed()


async def test_a_port_in_use_is_one_clear_error() -> None:
    async with DemoServer([]) as server:
        port = int(server.url.rsplit(":", 1)[1].strip("/"))
        with pytest.raises(CannotListen, match=f"127.0.0.1:{port}: the port is in use, choose another"):
            await DemoServer([], port=port).__aenter__()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_the_command_prints_its_address_and_ends_cleanly_on_a_signal(number: signal.Signals) -> None:
    async with program("-m", "tickql.demo", "--port", "0") as demo:
        line = await demo.says("http://")
        assert (await _get(re.findall(r"http://\S+", line)[0], "/"))[0] == 200
        demo.process.send_signal(number)
        assert await demo.ends() == 0
        assert list(demo.output) == [line]


async def test_a_port_in_use_ends_the_command_with_a_one_line_error() -> None:
    async with DemoServer([]) as server:
        port = server.url.rsplit(":", 1)[1].strip("/")
        async with program("-m", "tickql.demo", "--port", port) as demo:
            assert await demo.ends() == 1
            assert list(demo.output) == [f"demo: cannot listen on 127.0.0.1:{port}: the port is in use, choose another"]


async def test_an_unreadable_recording_ends_the_command_with_a_one_line_error(tmp_path: Path) -> None:
    async with program("-m", "tickql.demo", "--port", "0", "--csv", str(tmp_path / "none.csv")) as demo:
        assert await demo.ends() == 1
        assert list(demo.output) == [f"demo: {tmp_path / 'none.csv'}: no such file or directory"]


async def test_the_help_has_examples() -> None:
    async with program("-m", "tickql.demo", "--help") as demo:
        assert await demo.ends() == 0
        text = "\n".join(demo.output)
    assert "python -m tickql.demo --csv ticks.csv --speed 10" in text
    assert "timestamp,symbol,ASK,BID,LAST" in text
