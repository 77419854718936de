"""A port that a tickql holds already is not taken for one that somebody else holds."""

import asyncio
from pathlib import Path

from tests.support.process import program
from tickql.cli.doctor import machine
from tickql.cli.doctor.finding import Level
from tickql.feed.embedded.ports import free_port


async def test_doctor_and_a_second_up_see_that_a_tickql_serves_there(tmp_path: Path) -> None:
    port = free_port()
    async with program("-m", "tickql", "serve", "--port", str(port)) as serving:
        await serving.says("listening on")
        finding = await asyncio.to_thread(machine.port, "127.0.0.1", port)
        async with program("-m", "tickql", "up", "--port", str(port), "--data", str(tmp_path)) as second:
            assert await second.ends() == 1
    assert finding.level is Level.OK
    assert f"127.0.0.1:{port}: a tickql serves there" in finding.found
    assert list(second.output) == [
        f"tickql: a tickql runs already: http://127.0.0.1:{port}/graphql; "
        "stop that one, or give this one its own --port, --demo-port and --data"
    ]
