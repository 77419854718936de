"""The bench of hostile clients: its parts, without a server."""

import asyncio
import re
from collections import Counter
from pathlib import Path

from bench.hostile.cases import CASES
from bench.hostile.client import Target
from bench.hostile.report import render
from bench.hostile.resources import Sampler
from bench.hostile.storm import StormClient
from bench.hostile.without_limits import changes
from bench.results import Outcome, Results, Row, Turn


def _results(*rows: Row) -> Results:
    turns = [Turn(row.section, number, row.server, Outcome.MEASURED, rows=(row,)) for number, row in enumerate(rows)]
    return Results(turns=turns)


def test_the_report_names_the_worst_case_and_how_many_are_within_a_limit() -> None:
    rows = [Row("attacks", name, 0, {"x_control": x, "grown_mb": 3.0}) for name, x in (("pings", 1.2), ("halves", 1.7))]
    text = render(_results(*rows), {"pings": Counter({"1008": 4, "attacks": 5})})
    assert "1 of 2; worst 1.7 x control (halves) | **missed**" in text
    assert "2 of 2; worst 3 MB" in text
    assert re.search(r"50,000 pings of 125 bytes \(1/s\).*4 x 1008 \|", text)
    assert "reconnect" not in text


def test_every_attack_says_what_it_sends() -> None:
    assert len(CASES) > 20
    for case in CASES.values():
        assert case.title
        assert not case.title.endswith(".")


async def test_an_attacker_counts_how_it_was_answered() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 25\r\n\r\n{"code":"LIMIT_EXCEEDED"}')
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        target = Target(server.sockets[0].getsockname()[1])
        async with target.client() as client:
            await client.post(b"{}")
        assert target.answers == {"200 LIMIT_EXCEEDED": 1}


def test_a_storm_client_counts_gaps_and_repeats() -> None:
    client = StormClient(0, "127.0.0.1", None)
    for seq, has_gap in ((5, False), (6, False), (6, False), (8, False), (9, True)):
        client._take(seq, f"S0:1-{seq}", has_gap)
    assert (client.repeats, client.gaps, client.cursor) == (1, 2, "S0:1-9")


def test_memory_is_sampled() -> None:
    with Sampler(int(Path("/proc/self").readlink().name)) as sampler:
        pass
    assert sampler.peak_mb >= sampler.before.mb > 1
    assert sampler.peak_files > 2


def test_what_is_replaced_to_measure_without_limits_exists() -> None:
    for owner, name, value in changes():
        assert callable(getattr(owner, name))
        assert callable(value)
