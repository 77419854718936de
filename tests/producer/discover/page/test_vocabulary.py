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
        ("매도잔량", "other"), ("매도수량", "other"), ("매수잔량", "other"), ("매수 총잔량", "other"),
        ("순매수", "other"),
        ("매도량", "other"), ("매수대금", "other"), ("买卖价差", "other"), ("买卖", "other"), ("買賣", "other"),
        ("委卖数", "other"), ("賣張", "other"), ("买张", "other"), ("委買數", "other"), ("Ask数", "other"),
        ("卖差", "other"),
        ("净买入", "other"), ("卖出手续费", "other"), ("売残", "other"), ("買枚数", "other"), ("売気配株数", "other"),
        ("売気配時刻", "other"), ("数量", "other"), ("스프레드", "other"),
        ("매도호가", "ask"), ("매수호가", "bid"), ("卖一价", "sell"), ("買進", "buy"), ("最新价", "last"),
        ("買價", "buy"), ("買入", "buy"), ("賣價", "sell"), ("賣出價", "sell"), ("成交價", "last"), ("最新價", "last"),
        ("現價", "last"), ("漲跌", "other"), ("漲跌幅", "other"), ("成交量", "other"), ("昨收", "other"),
        ("昨收價", "other"), ("開盤", "other"), ("開盤價", "other"), ("收盤價", "other"), ("最高價", "other"),
        ("最低", "other"), ("均價", "other"), ("股價", "price"), ("股票代號", "symbol"), ("合約", "symbol"),
        ("現在値(終値)", "last"),
        ("指数名称", "symbol"), ("Symbol", "symbol"), ("銘柄", "symbol"), ("WKN", "symbol"),
        ("Market value", "other"), ("marketValue", "other"), ("Market", "symbol"), ("Holding", "symbol"),
    ],
)  # fmt: skip
def test_a_label_has_a_meaning(text: str, meaning: str) -> None:
    assert meaning_of(text) == meaning


@pytest.mark.parametrize(
    "text",
    [
        "Bid / Ask",
        "매도/매수",
        "卖价/买价",
        "上证指数",
        "ES",
        "blast",
        "asking-list-of-everything-that-is-longer-than-that",
        "",
    ],
)
def test_a_text_without_a_meaning_or_with_two_has_none(text: str) -> None:
    assert meaning_of(text) is None


def test_buy_or_sell_alone_means_the_usual_side_in_its_language() -> None:
    assert side_of(Meaning.BUY, "Buy") is Meaning.ASK
    assert side_of(Meaning.SELL, "Vente") is Meaning.ASK
    assert side_of(Meaning.BUY, "Compra") is Meaning.BID
    assert [side_of(Meaning.BUY, text) for text in ("買價", "買入", "買進價", "委買")] == [Meaning.BID] * 4
    assert side_of(Meaning.SELL, "賣出") is Meaning.ASK
