"""What labels, headers and names say about a number: is it an ask, a bid, a last price, or none of them. No I/O.

Words of English, German, French, Spanish, Italian and Japanese. Which of buy and sell is the ask is told by the prices:
some boards mean what one does there, others what the market does.
"""

import re
import unicodedata
from enum import StrEnum


class Meaning(StrEnum):
    """What a text says of the number it belongs to."""

    ASK = "ask"
    BID = "bid"
    LAST = "last"
    PRICE = "price"
    """A price, but not which: the last one, if nothing else is said."""
    BUY = "buy"
    """Where one buys, or what the buyers bid: the higher price of the two is the ask."""
    SELL = "sell"
    """Where one sells, or what the sellers ask."""
    OTHER = "other"
    """Not a price, or none of the three: a volume, a change, a time, a day's high."""
    SYMBOL = "symbol"
    """The name of what is traded."""


_WORDS = {
    Meaning.ASK: "ask asks offer offers ofr brief briefkurs offre oferta lettera denaro_lettera askprice bestask",
    Meaning.BID: "bid bids geld geldkurs demande demanda denaro bidprice bestbid",
    Meaning.LAST: "last ltp letzter letzte letztes lst aktuell dernier derniere ultimo ultima latest lastprice "
    "lasttrade traded current",
    Meaning.PRICE: "price prices px prc rate quote kurs preis cours prix precio cotizacion prezzo quotazione spot mark "
    "trade value",
    Meaning.BUY: "buy buying buyers kauf kaufen ankauf achat acheter achats compra comprar acquisto",
    Meaning.SELL: "sell selling sellers verkauf verkaufen vente vendre ventes venta vender vendita",
    Meaning.OTHER: "volume vol volumes size sizes sz qty quantity amount amt change chg chng diff difference delta net "
    "percent pct perc percentage time date datetime timestamp updated update ts clock open opening high "
    "low close closing prev previous settle settlement spread mid avg average vwap oi interest count "
    "trades turnover yield cap mcap rank strike expiry iv vola volatility range id total pnl profit gain "
    "loss lots orders depth position index age latency day year week month umsatz volumen stuck stueck "
    "anzahl menge veranderung anderung differenz hoch tief eroffnung vortag schluss zeit uhrzeit datum "
    "spanne ouverture haut bas ecart veille cloture heure variation quantite apertura maximo minimo hora "
    "cierre anterior variacion cantidad massimo minimo ora chiusura quantita dv01 pe eps beta score "
    "balance",
    Meaning.SYMBOL: "symbol symbols ticker tickers instrument instruments pair pairs market markets contract product "
    "code isin wkn kurzel sym asset security stock currency wahrung wert titel titre valeur devise instrumento "
    "simbolo divisa par activo epic ric underlying name coin",
}
_PIECES = (
    ("売気配", Meaning.ASK), ("買気配", Meaning.BID), ("アスク", Meaning.ASK), ("ビッド", Meaning.BID),
    ("現在値", Meaning.LAST), ("現値", Meaning.LAST), ("直近", Meaning.LAST), ("最新价", Meaning.LAST),
    ("前日", Meaning.OTHER), ("出来高", Meaning.OTHER), ("始値", Meaning.OTHER), ("高値", Meaning.OTHER),
    ("安値", Meaning.OTHER), ("終値", Meaning.OTHER), ("時刻", Meaning.OTHER), ("時間", Meaning.OTHER),
    ("数量", Meaning.OTHER), ("騰落", Meaning.OTHER), ("売買", Meaning.OTHER), ("スプレッド", Meaning.OTHER),
    ("銘柄", Meaning.SYMBOL), ("コード", Meaning.SYMBOL), ("通貨", Meaning.SYMBOL),
    ("売", Meaning.SELL), ("買", Meaning.BUY),
    ("株価", Meaning.PRICE), ("価格", Meaning.PRICE), ("値段", Meaning.PRICE),
)  # fmt: skip
_MEANINGS = {word: meaning for meaning, words in _WORDS.items() for word in words.split()}
# Of several words in a text, the first of these that is among them counts: `bid size`, `ask price`, `last price`.
_ORDER = (
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
_BY_DEFAULT = {"achat", "acheter", "achats", "compra", "comprar", "買"}
_MAX_CHARACTERS = 40


def words_of(text: str) -> list[str]:
    """Its words in small letters without accents; `bestAsk`, `best-ask` and `Best Ask` are the same two."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+[0-9]*", without_accents(text))]


def without_accents(text: str) -> str:
    """`Crédit` as `Credit`."""
    split = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    return "".join(each for each in split if not unicodedata.combining(each))


def meaning_of(text: str) -> Meaning | None:
    """What a label, a header or a name in the page's source says; `None` if nothing known, or two sides at once."""
    if len(text) > _MAX_CHARACTERS or "%" in text:
        return Meaning.OTHER if "%" in text else None
    said = {_MEANINGS[word] for word in words_of(text) if word in _MEANINGS}
    for piece, meaning in _PIECES:
        if piece in text:
            said.add(meaning)
            break
    if "+/-" in text or "±" in text:
        return Meaning.OTHER
    if len(said & _SIDES) > 1:
        return None
    return next((meaning for meaning in _ORDER if meaning in said), None)


def side_of(meaning: Meaning, text: str) -> Meaning:
    """ASK or BID for a BUY or SELL that no second price settles: what is usual in the language of the label."""
    market = text.strip() in ("買", "売") or any(
        word in _BY_DEFAULT or word.startswith("vent") for word in words_of(text)
    )
    if meaning is Meaning.BUY:
        return Meaning.BID if market else Meaning.ASK
    return Meaning.ASK if market else Meaning.BID
