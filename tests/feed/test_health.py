"""The status of the feed, as a table: live, quiet, stale or down, and the reason."""

import pytest

from tickql.feed.errors import InvalidMessage
from tickql.feed.health import (
    PUBLIC_PART,
    QUIET_AFTER_US,
    SILENT_AFTER_US,
    UNREACHABLE,
    FeedState,
    FeedStatus,
    assess,
    public_reason,
)
from tickql.feed.partial_outage import PartialOutage
from tickql.feed.status import ProducerReport, ProducerState, SymbolReport

NOW_US = 1_739_952_125_000_000
LIVE, QUIET, STALE, DOWN = FeedState.LIVE, FeedState.QUIET, FeedState.STALE, FeedState.DOWN
TICKED = NOW_US - 1_000_000
SLEPT = NOW_US - QUIET_AFTER_US - 1


def report(
    state: ProducerState = ProducerState.LIVE,
    symbol: ProducerState = ProducerState.LIVE,
    last_tick_us: int | None = TICKED,
    heard_us: int = NOW_US,
    reason: str | None = None,
    source: str = "demo",
    name: str = "ES",
) -> ProducerReport:
    each = SymbolReport(state=symbol, reason=reason, since_us=1, last_tick_us=last_tick_us)
    return ProducerReport(
        source=source, state=state, reason=reason, since_us=1, heard_us=heard_us, symbols={name: each}
    )


@pytest.mark.parametrize(
    ("current", "down", "overall", "symbol", "reason"),
    [
        pytest.param(report(), None, LIVE, LIVE, None, id="ticks arrive"),
        pytest.param(report(last_tick_us=SLEPT), None, QUIET, QUIET, None, id="no change on the page"),
        pytest.param(report(last_tick_us=None), None, QUIET, QUIET, None, id="never a tick"),
        pytest.param(
            report(ProducerState.DEGRADED, reason="sampling each 0.1 s"),
            None, LIVE, LIVE, "sampling each 0.1 s", id="slower than promised",
        ),
        pytest.param(
            report(symbol=ProducerState.MISSING, reason="ASK is not found"),
            None, LIVE, LIVE, "ASK is not found", id="a field is missing, others tick",
        ),
        pytest.param(
            report(symbol=ProducerState.MISSING, last_tick_us=SLEPT, reason="ASK is not found"),
            None, STALE, STALE, "ASK is not found", id="a field is missing, nothing ticks",
        ),
        pytest.param(
            report(ProducerState.STALE, reason="the page hangs"),
            None, STALE, STALE, "demo: the page hangs", id="the page is stale",
        ),
        pytest.param(
            report(ProducerState.STALE), None, STALE, STALE, "demo: the page does not respond", id="stale, no reason"
        ),
        pytest.param(
            report(ProducerState.STARTING), None, STALE, STALE, "the producer of demo is starting", id="starting"
        ),
        pytest.param(
            report(ProducerState.STOPPED), None, STALE, STALE, "the producer of demo has stopped", id="stopped"
        ),
        pytest.param(
            report(heard_us=NOW_US - SILENT_AFTER_US - 1),
            None, STALE, STALE, "the producer of demo does not report", id="the producer is silent",
        ),
        pytest.param(report(heard_us=NOW_US - SILENT_AFTER_US), None, LIVE, LIVE, None, id="nearly silent"),
        pytest.param(report(), "redis is not reachable", DOWN, DOWN, "redis is not reachable", id="no redis"),
        pytest.param(
            report(ProducerState.STALE, reason="x"), "gone", DOWN, DOWN, "gone", id="no redis and a stale page"
        ),
    ],
)  # fmt: skip
def test_the_feed_is(
    current: ProducerReport, down: str | None, overall: FeedState, symbol: FeedState, reason: str | None
) -> None:
    status = assess(NOW_US, [current], {}, down)
    (es,) = status.symbols
    assert (status.state, es.state, es.reason) == (overall, symbol, reason)
    assert status.reason == reason
    assert es.last_tick_us == current.symbols["ES"].last_tick_us


def test_a_page_without_symbols_is_quiet_unless_its_report_has_a_reason() -> None:
    nothing = report(ProducerState.MISSING, reason='[[table]] #1: rows "tr" matches nothing').model_copy(
        update={"symbols": {}}
    )
    assert assess(NOW_US, [nothing], {}, None).state is STALE
    assert assess(NOW_US, [report().model_copy(update={"symbols": {}})], {}, None).state is QUIET


def test_with_no_producer_the_feed_is_stale() -> None:
    assert assess(NOW_US, [], {}, None) == FeedStatus(STALE, "no producer has reported yet", NOW_US, ())


def test_with_no_producer_and_no_redis_the_feed_is_down() -> None:
    assert assess(NOW_US, [], {}, "gone").state is DOWN


AWAY = f"{UNREACHABLE} at 10.0.0.1:7000"


def partly(*symbols: str, hides_reports: bool = False) -> PartialOutage:
    return PartialOutage(AWAY, lambda symbol: UNREACHABLE if symbol in symbols else None, hides_reports)


def test_while_a_part_of_redis_is_away_its_symbols_are_down_and_the_feed_says_which_part() -> None:
    two = [report(), report(source="other", name="NQ")]
    status = assess(NOW_US, two, {}, None, part=partly("NQ"))
    assert [(each.symbol, each.state, each.reason) for each in status.symbols] == [
        ("ES", LIVE, None),
        ("NQ", DOWN, UNREACHABLE),
    ]
    assert (status.state, status.reason, public_reason(status)) == (LIVE, AWAY, PUBLIC_PART)
    assert assess(NOW_US, two, {}, None, part=partly("ES", "NQ")).state is DOWN
    # Nothing of Redis can be reached: that counts for all.
    assert {each.state for each in assess(NOW_US, two, {}, "gone", part=partly("NQ")).symbols} == {DOWN}


@pytest.mark.parametrize(("hides_reports", "silent"), [(True, AWAY), (False, "the producer of demo does not report")])
def test_a_producer_whose_reports_cannot_be_heard_does_not_count_as_silent(hides_reports: bool, silent: str) -> None:
    heard_us = NOW_US - SILENT_AFTER_US - 1
    part = partly(hides_reports=hides_reports)
    slept = assess(NOW_US, [report(last_tick_us=SLEPT, heard_us=heard_us)], {}, None, part=part)
    assert (slept.state, slept.symbols[0].state, slept.symbols[0].reason) == (STALE, STALE, silent)
    # A tick proves that its page is alive.
    ticked = assess(NOW_US, [report(heard_us=heard_us)], {}, None, part=part)
    assert ticked.symbols[0].state is (LIVE if hides_reports else STALE)


def test_a_tick_seen_by_this_process_counts_as_much_as_a_reported_one() -> None:
    status = assess(NOW_US, [report(last_tick_us=SLEPT)], {"ES": TICKED}, None)
    assert status.symbols[0].state is LIVE
    assert status.symbols[0].last_tick_us == TICKED


def test_one_stale_producer_makes_the_feed_stale_but_not_the_others_symbols() -> None:
    other = report(ProducerState.STALE, source="other", name="NQ")
    status = assess(NOW_US, [report(), other], {}, None)
    assert status.state is STALE
    assert [(each.symbol, each.state) for each in status.symbols] == [("ES", LIVE), ("NQ", STALE)]


def test_an_outdated_report_is_ignored_once_another_producer_reports() -> None:
    old = report(ProducerState.STOPPED, heard_us=NOW_US - 61_000_000, source="old", name="NQ")
    status = assess(NOW_US, [old, report()], {}, None)
    assert status.state is LIVE
    assert [each.symbol for each in status.symbols] == ["ES"]
    assert assess(NOW_US, [old], {}, None).symbols[0].symbol == "NQ"


def test_of_two_producers_of_a_symbol_the_newest_report_counts() -> None:
    old = report(ProducerState.STOPPED, heard_us=NOW_US - 2_000_000, source="old")
    status = assess(NOW_US, [report(), old], {}, None)
    assert status.symbols[0].state is LIVE


def test_since_us_stays_the_same_while_the_state_lasts() -> None:
    first = assess(NOW_US, [report()], {}, None)
    second = assess(NOW_US + 1_000, [report()], {}, None, before=first)
    assert (second.since_us, second.symbols[0].since_us) == (NOW_US, NOW_US)
    third = assess(NOW_US + 2_000, [report()], {}, "gone", before=second)
    assert (third.since_us, third.symbols[0].since_us) == (NOW_US + 2_000, NOW_US + 2_000)


def test_a_report_comes_back_as_it_was_sent() -> None:
    sent = report(ProducerState.DEGRADED, ProducerState.MISSING, reason="LAST shows —")
    assert ProducerReport.decode(sent.encode()) == sent


@pytest.mark.parametrize("data", [b"", b"null", b"{}", b"[]", b'{"source":1}', b"\xff", b"[" * 100_000])
def test_any_other_data_is_not_a_report(data: bytes) -> None:
    with pytest.raises(InvalidMessage, match="not a producer report"):
        ProducerReport.decode(data)
