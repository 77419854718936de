"""The vocabulary of price boards: which words name an ask, a bid, a last price, or another number. No I/O.

The words are English, German, French, Spanish, Italian, Japanese, Chinese and Korean. "Buy" and "sell" are ambiguous:
some boards name the user's action, others the side of the market. The prices decide which of the two is the ask.
"""

import re
import unicodedata
from enum import StrEnum


class Meaning(StrEnum):
    """The meaning of a label for the number beside it."""

    ASK = "ask"
    BID = "bid"
    LAST = "last"
    PRICE = "price"
    """A price of unknown kind: a last price, unless something else is known."""
    BUY = "buy"
    """The price at which users buy, or the price that buyers bid. The higher of BUY and SELL is the ask."""
    SELL = "sell"
    """The price at which users sell, or the price that sellers ask."""
    OTHER = "other"
    """Neither ask, bid nor last: a volume, a change, a time, a day's high."""
    SYMBOL = "symbol"
    """The name of the instrument."""


_WORDS = {
    Meaning.ASK: "ask asks offer offers ofr brief briefkurs offre oferta lettera denaro_lettera askprice bestask",
    Meaning.BID: "bid bids geld geldkurs demande demanda denaro bidprice bestbid",
    Meaning.LAST: "last ltp letzter letzte letztes lst aktuell dernier derniere ultimo ultima latest lastprice "
    "lasttrade traded current",
    Meaning.PRICE: "price prices px prc rate quote kurs preis cours prix precio cotizacion prezzo quotazione spot mark "
    "trade value",
    Meaning.BUY: "buy buying buyers kauf kaufen ankauf achat acheter achats compra comprar acquisto",
    Meaning.SELL: "sell selling sellers verkauf verkaufen vente vendre ventes venta vender vendita",
    Meaning.OTHER: "volume vol volumes size sizes sz qty quantity amount amt change changes chg chng diff difference "
    "delta net percent pct perc percentage time date datetime timestamp updated update ts clock open opening high "
    "low close closing prev previous settle settlement spread mid avg average vwap oi interest count "
    "trades turnover yield cap mcap rank strike expiry iv vola volatility range id total pnl profit gain "
    "loss lots orders depth position index age latency day year week month umsatz volumen stuck stueck "
    "anzahl menge veranderung anderung differenz hoch tief eroffnung vortag schluss zeit uhrzeit datum "
    "spanne ouverture haut bas ecart veille cloture heure variation quantite apertura maximo minimo hora "
    "cierre anterior variacion cantidad massimo minimo ora chiusura quantita dv01 pe eps beta score "
    "balance",
    Meaning.SYMBOL: "symbol symbols ticker tickers instrument instruments pair pairs market markets contract product "
    "code isin wkn kurzel sym asset security stock currency wahrung wert titel titre valeur devise instrumento "
    "simbolo divisa par activo epic ric underlying name coin holding holdings",
}
# Japanese, Chinese and Korean words are searched inside the text. The first one counts: what is measured comes before
# the side that it is measured of, so that the size of an ask is no ask.
_SIGNS = (
    ("量", Meaning.OTHER), ("额", Meaning.OTHER), ("額", Meaning.OTHER), ("幅", Meaning.OTHER), ("涨跌", Meaning.OTHER),
    ("漲跌", Meaning.OTHER), ("最高", Meaning.OTHER), ("最低", Meaning.OTHER), ("开盘", Meaning.OTHER),
    ("今开", Meaning.OTHER), ("昨收", Meaning.OTHER), ("持仓", Meaning.OTHER), ("均价", Meaning.OTHER),
    ("日期", Meaning.OTHER), ("时间", Meaning.OTHER), ("价差", Meaning.OTHER), ("價差", Meaning.OTHER),
    ("点差", Meaning.OTHER), ("點差", Meaning.OTHER), ("差价", Meaning.OTHER), ("差價", Meaning.OTHER),
    ("买卖", Meaning.OTHER), ("買賣", Meaning.OTHER), ("거래량", Meaning.OTHER), ("거래대금", Meaning.OTHER),
    ("잔량", Meaning.OTHER), ("수량", Meaning.OTHER), ("등락", Meaning.OTHER), ("전일", Meaning.OTHER),
    ("스프레드", Meaning.OTHER),
    ("名称", Meaning.SYMBOL), ("名稱", Meaning.SYMBOL), ("代码", Meaning.SYMBOL), ("代碼", Meaning.SYMBOL),
    ("合约", Meaning.SYMBOL), ("合約", Meaning.SYMBOL), ("代號", Meaning.SYMBOL), ("代号", Meaning.SYMBOL),
    ("開盤", Meaning.OTHER), ("開市", Meaning.OTHER), ("今開", Meaning.OTHER), ("收盤", Meaning.OTHER),
    ("收盘", Meaning.OTHER), ("收市", Meaning.OTHER), ("前收", Meaning.OTHER), ("持倉", Meaning.OTHER),
    ("均價", Meaning.OTHER), ("溢價", Meaning.OTHER), ("溢价", Meaning.OTHER),
    ("現價", Meaning.LAST), ("成交價", Meaning.LAST),
    ("最新", Meaning.LAST), ("现价", Meaning.LAST), ("成交价", Meaning.LAST), ("현재가", Meaning.LAST),
    ("現在値", Meaning.LAST), ("現値", Meaning.LAST), ("直近", Meaning.LAST),
    ("前日", Meaning.OTHER), ("出来高", Meaning.OTHER), ("始値", Meaning.OTHER), ("高値", Meaning.OTHER),
    ("安値", Meaning.OTHER), ("終値", Meaning.OTHER), ("時刻", Meaning.OTHER), ("時間", Meaning.OTHER),
    ("騰落", Meaning.OTHER), ("売買", Meaning.OTHER), ("スプレッド", Meaning.OTHER),
    ("종목", Meaning.SYMBOL), ("銘柄", Meaning.SYMBOL), ("コード", Meaning.SYMBOL), ("通貨", Meaning.SYMBOL),
    ("매도", Meaning.ASK), ("매수", Meaning.BID), ("売気配", Meaning.ASK), ("買気配", Meaning.BID),
    ("アスク", Meaning.ASK), ("ビッド", Meaning.BID),
    ("卖", Meaning.SELL), ("賣", Meaning.SELL), ("売", Meaning.SELL), ("买", Meaning.BUY), ("買", Meaning.BUY),
    ("株価", Meaning.PRICE), ("価格", Meaning.PRICE), ("値段", Meaning.PRICE), ("价格", Meaning.PRICE),
    ("價格", Meaning.PRICE), ("股價", Meaning.PRICE), ("股价", Meaning.PRICE), ("市價", Meaning.PRICE),
    ("市价", Meaning.PRICE),
)  # fmt: skip
# Beside a side these name its size, sum, ratio or fee. Elsewhere they may be a part of a name, such as an index.
_MEASURES = re.compile(
    "[数數张張差残殘比率总總净淨越费費]|手续|手續|合[计計]|[량총순]|건수|금액|대금|비율|비중|강도|수수료"
)
_SELLING, _BUYING = re.compile("매도|アスク|[卖賣売]"), re.compile("매수|ビッド|[买買]")
_MEANINGS = {word: meaning for meaning, words in _WORDS.items() for word in words.split()}
# Of several words in a text, the first in this order counts: `bid size` is OTHER, `ask price` ASK, `last price` LAST.
_PRIORITY = (
    Meaning.OTHER,
    Meaning.ASK,
    Meaning.BID,
    Meaning.BUY,
    Meaning.SELL,
    Meaning.LAST,
    Meaning.PRICE,
    Meaning.SYMBOL,
)
_SIDES = {Meaning.ASK, Meaning.BID, Meaning.BUY, Meaning.SELL}
# The worth of a position: a price times the quantity held.
_WORTH = {"market", "value"}
# Words for buy and sell that usually name the side of the market, not the user's action.
_MARKET_WORDS = {"achat", "acheter", "achats", "compra", "comprar"}
# In Chinese they always do; in Japanese the two single characters do. Japanese writes neither `價` nor `委買`.
_MARKET_SIGNS = re.compile(r"[买卖賣價]|買[入進盤]|委買|^[買売]$")
# Words that name a symbol itself; the other words of `Meaning.SYMBOL` may stand over a longer name.
_CODE_WORDS = frozenset(
    ("symbol", "symbols", "ticker", "tickers", "code", "isin", "wkn", "kurzel", "sym", "ric", "epic", "pair", "pairs")
)
_CODE_SIGNS = ("コード", "代码", "代碼", "代號", "代号")
# A longer text is a sentence, not a label.
_MAX_LABEL_CHARACTERS = 40


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case, without accents: `bestAsk`, `best-ask` and `Best Ask` give the same."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+[0-9]*", without_accents(text))]


def without_accents(text: str) -> str:
    """Return a text without accents: `Crédit` becomes `Credit`."""
    split = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    return "".join(each for each in split if not unicodedata.combining(each))


def meaning_of(text: str) -> Meaning | None:
    """Return the meaning of a label, a header or a name in the page's source.

    `None`: the text has no known word, or names both sides.
    """
    if len(text) > _MAX_LABEL_CHARACTERS or "%" in text:
        return Meaning.OTHER if "%" in text else None
    meanings = {_MEANINGS[word] for word in words_of(text) if word in _MEANINGS}
    meanings |= _meanings_of_signs(text)
    if "+/-" in text or "±" in text or set(words_of(text)) >= _WORTH or (meanings & _SIDES and _MEASURES.search(text)):
        return Meaning.OTHER
    if len(meanings & _SIDES) > 1:
        return None
    return next((meaning for meaning in _PRIORITY if meaning in meanings), None)


def _meanings_of_signs(text: str) -> set[Meaning]:
    """Return the meaning of the first Japanese, Chinese or Korean word, and both sides if the text names both."""
    first = next((meaning for word, meaning in _SIGNS if word in text), None)
    if first in _SIDES and _SELLING.search(text) and _BUYING.search(text):
        return {Meaning.BUY, Meaning.SELL}
    return set() if first is None else {first}


def names_side(text: str) -> bool:
    """Return whether a label has a word for one side of the market, whatever else it names: `Bid / Size` has."""
    return not _SIDES.isdisjoint(_MEANINGS[word] for word in words_of(text) if word in _MEANINGS)


def side_of(meaning: Meaning, text: str) -> Meaning:
    """Return ASK or BID for a BUY or SELL without a second price to compare: the usual side in the label's language."""
    is_market_side = bool(_MARKET_SIGNS.search(text.strip())) or any(
        word in _MARKET_WORDS or word.startswith("vent") for word in words_of(text)
    )
    if meaning is Meaning.BUY:
        return Meaning.BID if is_market_side else Meaning.ASK
    return Meaning.ASK if is_market_side else Meaning.BID


def names_code(text: str) -> bool:
    """Return whether a label or name says that a ticker or code is beside it, not a longer name such as a company's."""
    return not _CODE_WORDS.isdisjoint(words_of(text)) or any(sign in text for sign in _CODE_SIGNS)
