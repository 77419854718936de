"""Sequences of frames by a seed: a server answers each as a model of the protocol does. More: `make conformance`."""

import os

import pytest

from tests.api.conftest import RunningApi
from tests.conformance.protocol.player import play_all
from tests.support.graphql_client import seqs
from tests.support.market import Market

SEED = int(os.environ.get("SEED", "1"))
SEQUENCES = 300


async def test_each_frame_gets_the_answer_of_the_protocol_and_no_neighbour_notices(
    api: RunningApi, market: Market, caplog: pytest.LogCaptureFixture
) -> None:
    market.tick()
    async with api.ticks() as neighbour:
        await neighbour.next()
        played = await play_all(api, SEED, range(SEQUENCES), before_each=market.tick)
        assert played.differences == [], "\n".join(played.differences)
        assert played.sequences == SEQUENCES
        assert seqs(await neighbour.until(market.seqs["ES"])) == list(range(2, SEQUENCES + 2))
    await api.all_clients_gone()
    # A document beyond a limit is logged as refused, which is no fault.
    assert [message for message in caplog.messages if not message.startswith("refused a document")] == []
