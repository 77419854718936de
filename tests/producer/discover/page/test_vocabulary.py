"""The meanings of labels and names."""

import pytest

from tickql.producer.discover.page.vocabulary import Meaning, meaning_of, side_of


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("Ask", "ask"), ("Offer", "ask"), ("bestAsk", "ask"), ("ask-price", "ask"), ("Brief", "ask"), ("売気配", "ask"),
        ("Bid", "bid"), ("BID:", "bid"), ("Geld", "bid"), ("Geldkurs", "bid"), ("買気配", "bid"),
        ("Last Price", "last"), ("LTP", "last"), ("Letzter Kurs", "last"), ("Dernier", "last"), ("Último", "last"),
        ("現在値", "last"), ("Price", "price"), ("Kurs", "price"), ("Cours", "price"),
        ("Buy", "buy"), ("Achat", "buy"), ("Compra", "buy"), ("買", "buy"),
        ("Sell", "sell"), ("Vente", "sell"), ("Venta", "sell"), ("売", "sell"),
        ("Bid Size", "other"), ("askQty", "other"), ("Chg %", "other"), ("Last Update", "other"), ("Volume", "other"),
        ("Umsatz", "other"), ("Uhrzeit", "other"), ("前日比", "other"), ("Open", "other"), ("Day High", "other"),
        ("Symbol", "symbol"), ("銘柄", "symbol"), ("WKN", "symbol"),
    ],
)  # fmt: skip
def test_a_label_has_a_meaning(text: str, meaning: str) -> None:
    assert meaning_of(text) == meaning


@pytest.mark.parametrize("text", ["Bid / Ask", "ES", "blast", "asking-list-of-everything-that-is-longer-than-that", ""])
def test_a_text_without_a_meaning_or_with_two_has_none(text: str) -> None:
    assert meaning_of(text) is None


def test_buy_or_sell_alone_means_the_usual_side_in_its_language() -> None:
    assert side_of(Meaning.BUY, "Buy") is Meaning.ASK
    assert side_of(Meaning.SELL, "Vente") is Meaning.ASK
    assert side_of(Meaning.BUY, "Compra") is Meaning.BID
