"""The comparison of published prices with those that a page showed."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from tickql.feed.tick import Quote
from tickql.producer.feedfile.price_fields import FIELD_NAMES

Shown = Mapping[str, Mapping[str, list[str]]]
"""By symbol and field: the prices in order. No price is there twice."""


def false_prices(shown: Shown, quotes: Iterable[Quote]) -> Iterator[str]:
    """Yield a sentence for each published price that the page did not show, or showed in another order."""
    for (symbol, field), prices in _published(quotes).items():
        steps = {price: step for step, price in enumerate(shown.get(symbol, {}).get(field, []))}
        yield from (f"{symbol} {field} {price} was not shown" for price in prices if price not in steps)
        for early, late in pairwise(price for price in prices if price in steps):
            if steps[late] < steps[early]:
                yield f"{symbol} {field} {late} was shown before {early}"


def missed_prices(shown: Shown, quotes: Iterable[Quote], *, late: bool = False) -> Iterator[str]:
    """Yield a sentence for each shown price that was not published; `late`: only from the first published one on."""
    published = _published(quotes)
    for symbol, fields in shown.items():
        for field, truth in fields.items():
            prices = published.get((symbol, field), [])
            first = truth.index(prices[0]) if late and prices and prices[0] in truth else 0
            yield from (f"{symbol} {field} {price} was not published" for price in truth[first:] if price not in prices)


def _published(quotes: Iterable[Quote]) -> dict[tuple[str, str], list[str]]:
    published: dict[tuple[str, str], list[str]] = {}
    for quote in quotes:
        for field in FIELD_NAMES:
            price = getattr(quote, field)
            prices = published.setdefault((quote.symbol, field), [])
            if price is not None and prices[-1:] != [price]:
                prices.append(price)
    return published
