"""Texts of pages in logs and reports: one line without control characters."""

from tickql.feed.printable import printable
from tickql.feed.status import ProducerReport, ProducerState, SymbolReport

HOSTILE = "a\nb\x1b[2Jc\u202ed\x00"


def test_control_characters_are_escaped_and_white_space_is_a_space() -> None:
    assert printable(HOSTILE) == "a b\\x1b[2Jc\\u202ed\\x00"
    assert printable("日経 225, ½") == "日経 225, ½"


def test_reasons_of_reports_hold_no_control_character() -> None:
    symbol = SymbolReport(state=ProducerState.MISSING, reason=HOSTILE, since_us=1)
    report = ProducerReport(
        source="a", state=ProducerState.STALE, reason=HOSTILE, since_us=1, heard_us=1, symbols={"ES": symbol}
    )
    assert report.reason is not None
    assert report.reason.isprintable()
    assert report.symbols["ES"].reason == report.reason
    assert ProducerReport.decode(report.encode()) == report
