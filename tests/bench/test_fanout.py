"""The harness on a real server that is simple enough to know what must come out."""

import signal
from collections.abc import Iterator

import pytest

from bench.delivery import Delivery
from bench.fanout import SubscriberSpec, deliver
from bench.load import LoadGenerator
from bench.measure import measure
from bench.queries import ask
from bench.servers import (
    ASYNC_GRAPHQL,
    CENTRIFUGO,
    CONSTANT,
    FLOOR,
    STRAWBERRY,
    TICKQL,
    TICKQL_MULTIPART,
    TICKQL_SSE,
    Server,
)
from bench.stage import Running, Stage
from tests.support.waiting import DEADLINE_S

_TRIES = 10
"""Half seconds in which there may be no tick at all: the ticker or Redis stands still."""


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with Stage() as stage:
        yield stage


def _delivered(running: Running, spec: SubscriberSpec) -> Delivery:
    for _ in range(_TRIES):
        delivery, _ = deliver(running, spec, 0.5, DEADLINE_S)
        if delivery.owed:
            break
    return delivery


@pytest.mark.parametrize(
    "server",
    [
        FLOOR,
        TICKQL,
        pytest.param(TICKQL_SSE, marks=pytest.mark.long),
        pytest.param(TICKQL_MULTIPART, marks=pytest.mark.long),
        pytest.param(STRAWBERRY, marks=pytest.mark.long),
        pytest.param(CENTRIFUGO, marks=pytest.mark.long),
        pytest.param(ASYNC_GRAPHQL, marks=pytest.mark.long),
    ],
    ids=lambda server: server.name,
)
def test_every_tick_is_found_to_be_delivered(stage: Stage, server: Server) -> None:
    if (lack := server.lacks()) is not None:
        pytest.skip(f"{server.name}: {lack}")
    with stage.serve(server) as running:
        delivery = _delivered(running, SubscriberSpec(5))
    assert delivery.subscriptions == delivery.connections == 5
    assert delivery.owed > 0
    assert (delivery.share, delivery.irregular, delivery.lost) == (1.0, 0, 0)
    assert delivery.us_per_message is not None
    assert delivery.us_per_message > 1


@pytest.mark.long
def test_several_symbols_on_a_connection_are_all_found(stage: Stage) -> None:
    with stage.serve(TICKQL, symbols=3) as running:
        delivery = _delivered(running, SubscriberSpec(2, symbols=3))
    assert delivery.subscriptions == 6
    assert (delivery.share, delivery.irregular) == (1.0, 0)


@pytest.mark.long
def test_a_paced_subscriber_is_owed_its_pace(stage: Stage) -> None:
    with stage.serve(TICKQL) as running:
        delivery, _ = deliver(running, SubscriberSpec(5, pace_hz=10), 1.0)
    assert delivery.owed == 10
    assert 10 < delivery.messages < 65, "ten times a second, five times; fewer on a machine that is busy"
    assert delivery.irregular == 0


@pytest.mark.long
def test_what_a_frozen_server_does_not_deliver_is_missed(stage: Stage) -> None:
    with stage.serve(TICKQL) as running, LoadGenerator(running.target) as load:
        load.open(SubscriberSpec(2).subscriptions_by_connection(), 20)
        load.wait_for_first_messages(20)
        with running.ticker.at_full_rate():
            load.receive_for(0.2)
            running.child.send_signal(signal.SIGSTOP)
            for _ in range(_TRIES):
                delivery = measure(load, running.gauge(), 0.5, running.ticker.ticks_between, grace_s=0)
                if delivery.owed:
                    break
            running.child.send_signal(signal.SIGCONT)
    assert delivery.owed > 0
    assert delivery.share < 0.2


@pytest.mark.long
def test_answers_are_counted(stage: Stage) -> None:
    with stage.serve(CONSTANT) as running:
        answered = ask(running, 0.5, connections=4)
    assert answered.answers > 1
    assert answered.distinct == 1
