"""Names and patterns of symbols, as tokens have them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickql.api.access.symbol_patterns import EVERY_SYMBOL, SymbolPatterns

_TEXTS = st.text("AB:*", min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("patterns", "covered", "not_covered"),
    [
        ("ES", ["ES"], ["es", "ES1", "NES", ""]),
        ("ES, NQ", ["ES", "NQ"], ["ES,NQ", "RTY"]),
        ("FX:*", ["FX:EUR", "FX:"], ["FX", "XFX:EUR"]),
        ("*:EUR", ["FX:EUR", ":EUR"], ["FX:EURO"]),
        ("A*B*C", ["ABC", "AxBxC", "ABCBC"], ["ACB", "ABCD"]),
        ("BRK.A", ["BRK.A"], ["BRKxA"]),
        ("*", ["ES", "x"], []),
    ],
)
def test_a_pattern_covers_whole_symbols(patterns: str, covered: list[str], not_covered: list[str]) -> None:
    parsed = SymbolPatterns.parse(patterns)
    assert [symbol for symbol in (*covered, *not_covered) if parsed.covers(symbol)] == covered


@pytest.mark.parametrize("text", ["", " ", ",", "E S", "ES;NQ", "Ä", "A" * 33, "E\nS", []])
def test_what_is_no_pattern_is_refused(text: str | list[str]) -> None:
    with pytest.raises(ValueError, match=r"no symbol and no pattern|0 symbols"):
        SymbolPatterns.parse(text)


def test_any_number_of_stars_covers_everything() -> None:
    assert SymbolPatterns.parse("**") == EVERY_SYMBOL
    assert SymbolPatterns.parse("ES,***").covers_all


@given(_TEXTS, _TEXTS, st.text("AB:", min_size=1, max_size=8))
def test_patterns_that_include_others_cover_all_that_those_cover(ours: str, others: str, symbol: str) -> None:
    wide, narrow = SymbolPatterns.parse(ours), SymbolPatterns.parse(others)
    if wide.includes(narrow) and narrow.covers(symbol):
        assert wide.covers(symbol)
    assert wide.includes(wide)
