"""Two pages show one market, one later than the other: the quotes that are published across the handover."""

from hypothesis import given
from hypothesis import strategies as st

from tickql.feed.tick import Quote
from tickql.producer.quotes.alignment import align, prices_of

STEP_US = 10_000


def shown(prices: list[int], begin: int = 0, lag_us: int = 0) -> list[Quote]:
    """The quotes of a page that was opened when the price was `prices[begin]`."""
    return [
        Quote("ES", None, None, str(price), at * STEP_US + lag_us) for at, price in enumerate(prices) if at >= begin
    ]


def published(old: list[Quote], new: list[Quote], later: list[Quote]) -> list[str | None]:
    """What subscribers get: the quotes of the old page, then those of the new page, which shows `later` afterwards."""
    join = align(old, new)
    known = list(join.behind)
    rest = []
    for quote in later:
        if known and prices_of(quote) == known[0]:
            known.pop(0)
        else:
            rest.append(quote)
    return [quote.last for quote in [*old, *join.ahead, *rest]]


markets = st.lists(st.integers(-1, 1).filter(bool), min_size=12, max_size=60).map(
    lambda steps: [100 + sum(steps[:at]) for at in range(len(steps) + 1)]
)


def assert_seamless(market: list[int], data: st.DataObject, lag_us: int) -> None:
    old_end = data.draw(st.integers(10, len(market)), "shown by the old page")
    new_end = data.draw(st.integers(max(9, old_end - 3), min(len(market), old_end + 3)), "shown by the new page")
    begin = data.draw(st.integers(0, 5), "on the new page when it was opened")
    old, new = shown(market[:old_end]), shown(market, begin, lag_us)
    at = new_end - begin
    assert published(old, new[:at], new[at:]) == [str(price) for price in market]


@given(markets, st.integers(-4_000, 4_000), st.data())
def test_no_quote_is_lost_repeated_or_out_of_order(market: list[int], lag_us: int, data: st.DataObject) -> None:
    assert_seamless(market, data, lag_us)


@given(st.lists(st.integers(), unique=True, min_size=12, max_size=60), st.integers(-300_000, 300_000), st.data())
def test_nothing_is_lost_however_late_the_new_page_is(market: list[int], lag_us: int, data: st.DataObject) -> None:
    assert_seamless(market, data, lag_us)


def test_a_symbol_without_a_change_causes_no_quote() -> None:
    old = [Quote("ES", "1", None, None, 5)]
    assert align(old, [Quote("ES", "1", None, None, 999_999)]) == ([], [])


def test_a_symbol_that_the_old_page_never_showed_is_published_with_its_newest_price() -> None:
    quotes = shown([1, 2, 3])
    assert align([], quotes) == (quotes[-1:], ())


def test_pages_that_show_different_prices_are_joined_at_the_newest_price_of_the_new_page() -> None:
    assert align(shown([1, 2, 3]), shown([7, 8])) == (shown([7, 8])[-1:], ())


def test_a_new_page_that_has_shown_nothing_yet_adds_nothing() -> None:
    assert align(shown([1, 2, 3]), []) == ((), ())
