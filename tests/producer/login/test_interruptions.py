"""What a page may show in place of live prices: dialogs, notices of delay, idle logouts, challenges."""

import asyncio

import pytest

from tests.producer.login.conftest import BY_HAND, Supervise
from tests.support.broker import Broker
from tickql.feed.status import ProducerState
from tickql.producer.watch.keep_alive import MAX_CLICKS_PER_MIN

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.long]


async def test_no_price_is_published_while_the_page_marks_its_prices_as_not_live(
    supervise: Supervise, broker: Broker
) -> None:
    es = supervise("open", 'stale = ["text=delayed by"]', login="")
    await es.until_count(2)
    for _ in range(3):
        broker.delayed = True
        reason = await es.until_state(ProducerState.STALE)
        assert reason == 'the page marks its prices as not live: "text=delayed by" is shown'
        assert await es.until_state(ProducerState.STALE, "ES") == reason
        quotes = len(es.quotes)
        broker.delayed = False
        await es.until_state(ProducerState.LIVE)
        await es.until_count(quotes + 1)
    assert not [last for last in es.lasts() if last is not None and last.startswith("1000.")]


@pytest.mark.brief
async def test_a_dialog_is_clicked_away(supervise: Supervise, broker: Broker) -> None:
    es = supervise("open", 'dismiss = "#accept"', login="")
    await es.until_state(ProducerState.LIVE)
    for count in (1, 2):
        broker.dialogs = count
        await broker.until_accepted(count)
    assert es.reports[-1].state is ProducerState.LIVE


async def test_a_dialog_that_returns_again_and_again_is_reported_and_clicked_no_more(
    supervise: Supervise, broker: Broker
) -> None:
    broker.dialogs = broker.dialogs_per_click = 1
    es = supervise("open", 'dismiss = ["#nosuch", "#accept"]', login="")
    await es.until_reason(f'"#accept" stays or comes back: {MAX_CLICKS_PER_MIN} clicks within a minute did not help')
    # No price is read worse for it.
    assert es.reports[-1].state is ProducerState.LIVE
    assert broker.accepted == MAX_CLICKS_PER_MIN


async def test_simulated_activity_keeps_an_idle_page_logged_in_without_a_request_to_the_site(
    supervise: Supervise, broker: Broker
) -> None:
    signs = ("keep_alive = 1", 'keep_alive = { every = 1, key = "Shift" }')
    kept = [supervise("open", sign, query="?idle=3000", login=BY_HAND) for sign in signs]
    left = supervise("open", query="?idle=3000", login=BY_HAND)
    await asyncio.gather(*(es.until_state(ProducerState.LIVE) for es in (*kept, left)))
    asked = broker.boards
    assert "logged out" in await left.until_state(ProducerState.STALE)
    for es in kept:
        assert es.reports[-1].state is ProducerState.LIVE
        await es.until_count(len(es.quotes) + 10)
    assert broker.boards == asked


async def test_activity_that_cannot_be_simulated_is_reported(supervise: Supervise, broker: Broker) -> None:
    es = supervise("open", 'keep_alive = { every = 1, key = "Shifft" }', login="")
    await es.until_reason('keep_alive has no effect: Keyboard.press: Unknown key: "Shifft"')


async def test_a_challenge_is_named_and_the_page_is_not_loaded_again(supervise: Supervise, broker: Broker) -> None:
    broker.challenged = True
    es = supervise("cookie", login="")
    reason = await es.until_state(ProducerState.STALE)
    assert reason == "blocked: Cloudflare asks whether the visitor is human (HTTP 403)"
    assert not es.quotes


async def test_the_page_is_live_after_a_challenge_that_passes_by_itself(supervise: Supervise, broker: Broker) -> None:
    broker.challenged = True
    es = supervise("open", login="")
    await es.until_state(ProducerState.STALE)
    broker.challenged = False
    await es.until_state(ProducerState.LIVE)


async def test_a_refusal_is_named_and_the_page_is_loaded_again_after_the_time_that_the_site_asks_for(
    supervise: Supervise, broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    broker.refused = True
    es = supervise("cookie", login="")
    assert await es.until_state(ProducerState.STALE) == "blocked: the site refuses the page: HTTP 429 Too Many Requests"
    assert "trying again in 1000.0 s" in caplog.text
    assert broker.boards == 1
