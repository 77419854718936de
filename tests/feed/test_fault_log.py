"""The faults and recoveries of a page: what is one, and how many are kept."""

from tickql.feed.fault_log import KEPT_US, FaultLog, decode_events
from tickql.feed.status import ProducerReport, ProducerState, SymbolReport

LIVE, MISSING, STALE, STARTING = (ProducerState[name] for name in ("LIVE", "MISSING", "STALE", "STARTING"))
Told = tuple[ProducerState, str | None]
WELL: Told = (LIVE, None)


def report(at_us: int, page: Told, **symbols: Told) -> ProducerReport:
    reports = {name: SymbolReport(state=state, reason=reason, since_us=0) for name, (state, reason) in symbols.items()}
    return ProducerReport(source="board", state=page[0], reason=page[1], since_us=0, heard_us=at_us, symbols=reports)


def told(log: FaultLog) -> list[tuple[int, str | None, ProducerState, int]]:
    return [(event.at_us, event.symbol, event.state, event.others) for event in log.events()]


def test_each_change_of_a_state_is_an_event_of_the_page_or_of_the_symbol() -> None:
    log = FaultLog()
    hung = (STALE, "the page does not respond")
    missing = (MISSING, 'ask: "#a" matches nothing')
    log.note(report(1, (STARTING, None)))
    log.note(report(2, WELL, ES=WELL, NQ=WELL))
    log.note(report(3, (MISSING, "ES: " + missing[1]), ES=missing, NQ=WELL))
    # A page that hangs is one event, and no fault of its symbols.
    log.note(report(4, hung, ES=hung, NQ=hung))
    log.note(report(5, WELL, ES=WELL, NQ=WELL))
    assert told(log) == [
        (1, None, STARTING, 0), (2, None, LIVE, 0), (3, None, MISSING, 0), (3, "ES", MISSING, 0), (4, None, STALE, 0),
        (5, None, LIVE, 0), (5, "ES", LIVE, 0),
    ]  # fmt: skip


def test_numbers_and_quoted_texts_in_a_reason_make_no_event() -> None:
    log = FaultLog()
    for count in range(5):
        text = (ProducerState.DEGRADED, f"last: shows 'n/a {count}': no price, for the {count}th time")
        log.note(report(count, (LIVE, f"{count} changes were merged"), ES=text))
    assert told(log) == [(0, None, LIVE, 0), (0, "ES", ProducerState.DEGRADED, 0)]


def test_symbols_with_the_same_fault_are_one_event() -> None:
    log = FaultLog()
    log.note(report(1, WELL, **{f"S{number}": (MISSING, "ask: matches nothing") for number in range(300)}))
    assert told(log)[1:] == [(1, "S0", MISSING, 299)]


def test_an_hour_is_kept_and_no_symbol_pushes_out_what_befell_the_page() -> None:
    log = FaultLog()
    log.note(report(1, (STARTING, None)))
    log.note(report(KEPT_US, WELL))
    for number in range(1_000):
        state = (MISSING, "gone") if number % 2 == 0 else WELL
        log.note(report(KEPT_US + number + 2, WELL, ES=state))
    events = decode_events(log.encode(KEPT_US + 1_002))
    # The first one is how the hour began.
    assert [event.at_us for event in events if event.symbol is None] == [1, KEPT_US]
    assert len(events) == 202
    assert len(log.encode(KEPT_US)) < 60_000


def test_the_list_of_an_earlier_producer_is_continued_once() -> None:
    before, log = FaultLog(), FaultLog()
    before.note(report(1, WELL, ES=(MISSING, "gone")))
    log.note(report(2, (STARTING, None)))
    log.load(before.events())
    log.load(decode_events(log.encode(3)))
    assert told(log) == [(1, None, LIVE, 0), (1, "ES", MISSING, 0), (2, None, STARTING, 0)]
