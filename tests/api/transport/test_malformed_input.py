"""Malformed frames, heads and bodies by a seed: each has an explained answer. More of them: `make conformance`."""

import os

import pytest

from tests.api.conftest import RunningApi
from tests.conformance.protocol.prober import Prober
from tests.support.market import Market
from tests.support.raw_http import raw_client

SEED = int(os.environ.get("SEED", "1"))
EACH = 250


async def test_malformed_input_has_an_explained_answer_and_no_neighbour_notices(
    api: RunningApi, market: Market, caplog: pytest.LogCaptureFixture
) -> None:
    market.tick()
    async with api.ticks() as neighbour:
        await neighbour.next()
        kinds = ("bodies", "heads", "frames")
        probed = await Prober(api.url, SEED).run({kind: range(EACH) for kind in kinds})
        assert probed.unexplained == [], "\n".join(probed.unexplained)
        assert probed.tried == dict.fromkeys(kinds, EACH)
        market.tick()
        assert (await neighbour.next())["seq"] == 2
    await api.all_clients_gone()
    assert [message for message in caplog.messages if not message.startswith("refused ")] == []


async def test_a_body_that_is_longer_than_it_says_costs_the_connection_but_not_the_answer(api: RunningApi) -> None:
    body = b'{"query":"{ symbols }"}'
    head = b"POST /graphql HTTP/1.1\r\nHost: %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    async with raw_client(api.url) as client:
        await client.send(head % (client.host, len(body)) + body + b"and more")
        answer = await client.rest()
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b'{"data":{"symbols":[]}}')
