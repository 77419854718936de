# ruff: noqa: E501, RUF001 — the scripts of the boards are one line each
"""Small boards, each with something that discovery once read wrongly; the prices change by script, as on real pages.

The script of a board notes in `truth["SYMBOL field"]` each text that it shows as that price.
"""

from dataclasses import dataclass
from decimal import Decimal

from tests.support.site import Site

_HEAD = """<!doctype html><meta charset=utf-8><title>Board</title>
<style>td, th { padding: 4px 12px; text-align: right } .row { display: flex } .row > * { width: 130px }</style>
<script>
  const truth = {};
  const shown = (key, text) => ((truth[key] ??= []).push(text), text);
  let state = 11;
  const random = () => (state = state * 16807 % 2147483647) / 2147483647;
  const walk = (value, step = 0.05, digits = 2) => () => (value += step * (Math.floor(random() * 9) - 4)).toFixed(digits);
  const every = (ms, work) => (work(), setInterval(work, ms));
  const table = (heads, rows) => document.write(`<table><thead><tr>${heads.map((each) => `<th>${each}</th>`).join("")}`
    + `</tr></thead><tbody id=rows>${rows.map((cells) => `<tr>${cells.map((each) => `<td>${each}</td>`).join("")}</tr>`).join("")}</tbody></table>`);
</script>
"""


@dataclass(frozen=True)
class Board:
    """A page, and what discovery must make of it."""

    body: str
    prices: str = ""
    """The prices that its feed file reads, such as `ES bid ask, NQ last`. Empty: none, which is said in one line."""
    told: str = ""
    """Words of a line for the user."""
    has: tuple[str, ...] = ()
    """Texts in the feed file."""
    has_not: tuple[str, ...] = ()
    format: str | None = None
    """The number format that the user gives."""
    scale: int = 1

    @property
    def wanted(self) -> set[tuple[str, str]]:
        rows = (each.split() for each in self.prices.split(", ") if each)
        return {(symbol, name) for symbol, *names in rows for name in names}

    def price(self, text: str) -> Decimal:
        return self.scale * Decimal(text)


def _table(heads: str, names: list[str], symbols: list[str], cells: str, quiet: int = 0) -> str:
    """A table with a name and cells in each row. `cells`: JavaScript of `next(field)`, `symbol` and `n`."""
    return f"""<script>
      const names = {names!r}, symbols = {symbols!r};
      table({heads.split()!r}, names.map((name) => [name, ...Array({len(heads.split()) - 1}).fill("")]));
      const walks = symbols.map((_, n) => walk(100 + 37 * n));
      every(80, () => symbols.forEach((symbol, n) => {{
        if (symbols.length - n <= {quiet} && rows.rows[n].cells[1].textContent) return;
        const price = Number(walks[n]());
        const next = (field) => shown(`${{symbol}} ${{field}}`, (price + {{ bid: 0, last: 0.01, ask: 0.02 }}[field]).toFixed(2));
        {cells}.forEach((html, i) => {{ rows.rows[n].cells[i + 1].innerHTML = html; }});
      }}));</script>"""


_COINS = """<div id=cards></div><script>
  const names = ["DOGE", "ADA", "XRP"];
  cards.innerHTML = names.map((name) => `<div class=card><div class=CLASS><h1>${name}</h1><h2></h2></div></div>`).join("");
  const walks = names.map((_, n) => walk(0.1 + n, 0.0001, 5));
  every(90, () => names.forEach((name, n) => {
    cards.children[n].querySelector("h2").textContent = shown(`${name} last`, walks[n]());
  }));</script>"""

_GERMAN = ["Deutsche Bank", "Münchener Rück", "Beiersdorf & Söhne", "Vonovia SE", "Henkel®", "Allianz SE", "K+S AG"]
_GERMAN_SYMBOLS = [
    "Deutsche-Bank",
    "Munchener-Ruck",
    "Beiersdorf-Sohne",
    "Vonovia-SE",
    "Henkel",
    "Allianz-SE",
    "K-S-AG",
]


def _both(symbols: list[str], fields: str = "bid ask") -> str:
    return ", ".join(f"{each} {fields}" for each in symbols)


_ES = ["ES", "NQ", "YM"]
BOARDS = {
    "price-in-the-name": Board(_COINS.replace("CLASS", "coin"), _both(["DOGE", "ADA", "XRP"], "last"), has_not=(".coin",)),
    "price-in-the-symbol": Board(
        _COINS.replace("CLASS", "symbol"), _both(["DOGE", "ADA", "XRP"], "last"), has_not=('".symbol"',)
    ),
    "size-below": Board(
        _table("Symbol Bid Ask", _ES, _ES, "[next('bid') + `<div>${800 + n}</div>`, next('ask') + '<div>25</div>']"),
        told="'800'",
    ),
    "size-lowered": Board(_table("Symbol Bid Ask", _ES, _ES, "[next('bid') + '<sub>900</sub>', next('ask')]"), _both(_ES, "ask")),
    "size-beside": Board(_table("Pair Rate", _ES, _ES, "[next('last') + ' <small>2</small>']"), told="smaller '2'"),
    "size-below-and-in-the-header": Board(
        _table("Name Kurs Geld<br>Stück Brief<br>Stück", _ES, _ES,
               "[next('last'), next('bid') + `<br><small>${800 + n}</small>`, next('ask') + '<br><small>250</small>']"),
        _both(_ES, "last"),
        told="'800'",
    ),
    "worth-of-a-position": Board(
        _table("Holding Shares Price Market&nbsp;value", _ES, _ES,
               "[10 + 5 * n, next('last'), (price * (10 + 5 * n)).toFixed(2)]")
        + """<script>
        const foot = rows.parentElement.createTFoot().insertRow();
        foot.innerHTML = "<td>Total<td><td><td>";
        every(80, () => { foot.cells[3].textContent = [...rows.rows].reduce((sum, row) => sum + Number(row.cells[3].textContent), 0).toFixed(2); });
        </script>""",
        _both(_ES, "last"),
    ),
    "place-in-the-class": Board(
        """<ul id=cards style="display: flex; gap: 24px"></ul><script>
        const names = ["Gold", "Corn", "Crude"];
        cards.innerHTML = names.map((name) => `<li><div class=card-name>${name}</div><div><span class=card-stockPosition></span></div>`
          + "<div class=card-changes><span></span> <span></span></div>").join("");
        const walks = names.map((_, n) => walk(100 + 40 * n));
        every(80, () => names.forEach((name, n) => {
          const price = shown(`${name} last`, walks[n]());
          const [value, change, percent] = cards.children[n].querySelectorAll("span");
          value.textContent = price;
          change.textContent = (price - 90 - 40 * n).toFixed(2);
          percent.textContent = ((price - 90 - 40 * n) / 9).toFixed(2) + "%";
        }));</script>""",
        _both(["Gold", "Corn", "Crude"], "last"),
        has_not=("card-changes",),
    ),
    "replaced-rows": Board(
        """<table><thead><tr><th>Symbol<th>Bid<th>Ask</tr></thead><tbody id=rows></tbody></table><script>
        const names = ["EURUSD", "GBPUSD", "USDJPY", "AUDUSD"];
        const walks = names.map((_, n) => walk(1 + n, 0.0001, 5));
        const row = (name, n) => {
          const bid = walks[n]();
          const ask = (Number(bid) + 0.0002).toFixed(5);
          return `<tr data-symbol=${name} class=${random() < 0.5 ? "increase" : "decrease"}><td>${name}`
            + `<td>${shown(name + " bid", bid)}<td>${shown(name + " ask", ask)}`;
        };
        rows.innerHTML = names.map(row).join("");
        every(40, () => { const n = Math.floor(random() * 4); rows.rows[n].outerHTML = row(names[n], n); });</script>""",
        _both(["EURUSD", "GBPUSD", "USDJPY", "AUDUSD"]),
        has_not=("crease",),
    ),
    "names": Board(
        _table("Name Geld Brief", _GERMAN, _GERMAN_SYMBOLS, "[next('bid'), next('ask')].map((each) => each.replace('.', ','))", 4),
        _both(_GERMAN_SYMBOLS),
    ),
    "equal-names": Board(
        _table("Name Bid Ask", ["Gold", "Silver", "Gold", "Copper"], ["Gold", "Silver", "Gold2", "Copper"], "[next('bid'), next('ask')]"),
        _both(["Silver", "Copper"]),
        told="'Gold'",
    ),
    "chinese": Board(
        _table("名称 买一价 卖一价 成交量", ["螺纹钢2509", "沪铜2509", "豆粕2509"], ["LuoWenGang2509", "HuTong2509", "DouPo2509"],
               "[next('bid'), next('ask'), String(1000 + n)]"),
        _both(["LuoWenGang2509", "HuTong2509", "DouPo2509"]),
    ),
    "company": Board(
        _table("Company Symbol Bid Ask", ["Apple", "Intel", "Tesla"], ["AAPL", "INTC", "TSLA"], "[symbol, next('bid'), next('ask')]"),
        _both(["AAPL", "INTC", "TSLA"]),
    ),
    "row-ids": Board(
        """<div id=board></div><script>
        const names = ["EURUSD", "GBPUSD", "USDJPY"];
        board.innerHTML = `<div class=row><b>Pair</b><b>Bid</b><b>Ask</b></div>` + names.map((name) =>
          `<div class=row id=${name}row_div><span>${name}</span><span></span><span></span></div>`).join("");
        const walks = names.map((_, n) => walk(1 + n, 0.0001, 5));
        every(80, () => names.forEach((name, n) => {
          const [, bid, ask] = board.children[n + 1].children;
          bid.textContent = shown(`${name} bid`, walks[n]());
          ask.textContent = shown(`${name} ask`, (Number(bid.textContent) + 0.0002).toFixed(5));
        }));</script>""",
        _both(["EURUSD", "GBPUSD", "USDJPY"]),
        has_not=("row_div",),
    ),
    "volume-in-the-last-cell": Board(
        """<div id=board></div><script>
        const names = ["AMD", "IBM", "KO"];
        board.innerHTML = "<div class=row><b>Symbol</b><b>Price</b><b>Volume</b></div>" + names.map((name) =>
          `<div class=row><span class="cell first">${name}</span><span class=cell></span><span class="cell last"></span></div>`).join("");
        const walks = names.map((_, n) => walk(40 + 31 * n));
        let volume = 1000;
        every(80, () => names.forEach((name, n) => {
          const [, price, count] = board.children[n + 1].children;
          price.textContent = shown(`${name} last`, walks[n]());
          count.textContent = n == 1 ? "1.2M" : String(volume += 7);
        }));</script>""",
        _both(["AMD", "IBM", "KO"], "last"),
    ),
    "ladder": Board(
        """<h2>BTC-USD</h2><p>Order book<div style="display: flex"><table><tr><th>Price<th>Size</tr><tbody class=bids></table>
        <table><tr><th>Price<th>Size</tr><tbody class=asks></table></div><script>
        const [bids, asks] = document.querySelectorAll("tbody[class]");
        const middle = walk(50000, 0.5);
        every(80, () => {
          const at = Number(middle());
          for (const [side, sign] of [[bids, -1], [asks, 1]]) {
            side.innerHTML = [1, 2, 3, 4, 5].map((n) => `<tr><td>${(at + sign * n / 2).toFixed(2)}<td>${(random() * 3).toFixed(4)}`).join("");
          }
          shown("BTC-USD bid", (at - 0.5).toFixed(2));
          shown("BTC-USD ask", (at + 0.5).toFixed(2));
        });</script>""",
        "BTC-USD bid ask",
    ),
    "ladder-with-last": Board(
        """<header class=head><h1>BTC-USD</h1><div>Last price <b></b></div><div>24h change <i></i></div></header>
        <h2>Order book</h2><table><tr><th>Price<th>Size</tr><tbody class=asks></tbody><tbody class=bids></tbody></table><script>
        const [asks, bids] = document.querySelectorAll("tbody[class]");
        const middle = walk(50000, 0.5);
        every(80, () => {
          const at = Number(middle());
          document.querySelector("b").textContent = shown("BTC-USD last", at.toFixed(2));
          document.querySelector("i").textContent = (at / 1e6).toFixed(2) + " %";
          const rows = [1, 2, 3, 4, 5].map((n) => (sign) => `<tr><td>${(at + sign * n / 2).toFixed(2)}<td>${(random() * 3).toFixed(4)}`);
          asks.innerHTML = [...rows].reverse().map((row) => row(1)).join("");
          bids.innerHTML = rows.map((row) => row(-1)).join("");
          shown("BTC-USD bid", (at - 0.5).toFixed(2));
          shown("BTC-USD ask", (at + 0.5).toFixed(2));
        });</script>""",
        "BTC-USD ask bid last",
    ),
    "whole-numbers-beside": Board(
        """<style>td { padding: 0 2px; text-align: left }</style>"""
        + _table("Name Bid Ask", _ES, _ES, "[next('bid'), next('ask')]").replace(".toFixed(2))", ".toFixed(0))"),
        _both(_ES),
    ),
    "headline": Board(
        """<style>.big { font-size: 26px }</style><div id=cards style="display: flex; gap: 60px"></div><script>
        const names = ["ES", "NQ", "YM"];
        cards.innerHTML = names.map((name) => `<div class=card><h3>${name}</h3><p class=big>$<span></span></p><p>Bid <b></b></p><p>Ask <b></b></p></div>`).join("");
        const walks = names.map((_, n) => walk(100 + 40 * n));
        every(80, () => names.forEach((name, n) => {
          const [bid, ask] = cards.children[n].querySelectorAll("b"), price = Number(walks[n]());
          cards.children[n].querySelector("span").textContent = shown(`${name} last`, price.toFixed(2));
          bid.textContent = shown(`${name} bid`, (price - 0.02).toFixed(2));
          ask.textContent = shown(`${name} ask`, (price + 0.02).toFixed(2));
        }));</script>""",
        _both(_ES, "bid ask last"),
    ),
    "ticker-behind-the-name": Board(
        _table("Coin Price", ["Bitcoin&nbsp;<small>BTC</small>", "Ether&nbsp;<small>ETH</small>", "XRP&nbsp;<small>XRP</small>"],
               ["BTC", "ETH", "XRP"], "[next('last')]").replace("&nbsp;<small", " <small"),
        _both(["BTC", "ETH", "XRP"], "last"),
    ),
    "marquee": Board(
        """<div style="white-space: nowrap"><span class=group></span><span class=group aria-hidden=true></span></div><script>
        const names = ["ES", "NQ", "YM"], groups = document.querySelectorAll(".group");
        for (const group of groups) group.innerHTML = names.map((name) => `<span class=item style="padding: 0 18px"><b>${name}</b> <i></i></span>`).join("");
        const walks = names.map((_, n) => walk(100 + 40 * n));
        every(80, () => names.forEach((name, n) => {
          const text = shown(`${name} last`, walks[n]());
          for (const group of groups) group.children[n].querySelector("i").textContent = text;
        }));</script>""",
        _both(_ES, "last"),
    ),
    "names-before-the-prices": Board(
        """<dl id=list></dl><script>
        const names = ["Crude Oil", "Gold", "Corn"];
        list.innerHTML = names.map((name, n) => `<dt>${name}<dd id=q-${"CGZ"[n]}X><span class=value></span>`).join("");
        const walks = names.map((_, n) => walk(100 + 40 * n));
        every(80, () => names.forEach((name, n) => {
          list.querySelectorAll(".value")[n].textContent = shown(`${name.replace(" ", "-")} last`, walks[n]());
        }));</script>""",
        _both(["Crude-Oil", "Gold", "Corn"], "last"),
    ),
    "label-among-the-digits": Board(
        """<style>.label { display: block } .pips { font-size: 26px }</style><div id=tiles></div><script>
        const names = ["EURUSD", "GBPUSD", "AUDUSD"];
        const side = (name) => `<button class=${name}><span class=label>${name}</span><span></span><span class=pips></span><sup></sup></button>`;
        tiles.innerHTML = names.map((name) => `<div class=tile><h4>${name}</h4>${side("Sell")} ${side("Buy")}</div>`).join("");
        const walks = names.map((_, n) => walk(1.5 + n, 0.00003, 5));
        every(80, () => names.forEach((name, n) => {
          const price = Number(walks[n]());
          [["Sell", "bid", price], ["Buy", "ask", price + 0.00004]].forEach(([label, field, at]) => {
            const text = shown(`${name} ${field}`, at.toFixed(5));
            const [, whole, pips, tenth] = tiles.children[n].querySelector("." + label).children;
            [whole.textContent, pips.textContent, tenth.textContent] = [text.slice(0, -3), text.slice(-3, -1), text.slice(-1)];
          });
        }));</script>""",
        _both(["EURUSD", "GBPUSD", "AUDUSD"]),
        has=('ignore = ".label"',),
    ),
    "size-with-a-sign": Board(
        _table("Symbol Bid&nbsp;×&nbsp;Size Ask&nbsp;×&nbsp;Size Size&nbsp;×&nbsp;Last", _ES, _ES,
               "[...['bid', 'ask'].map((side) => `<span>${next(side)}</span><small>× ${9 + n}</small>`), `<span>${3 + n}</span><small>× ${price.toFixed(2)}</small>`]")
        .replace("&nbsp;×&nbsp;", " × "),
        _both(_ES),
    ),
    "number-that-slides-out": Board(
        """<div id=board></div><script>
        const names = ["AMD", "IBM", "KO"];
        board.innerHTML = "<div class=row><b>Symbol</b><b>Last</b></div>" + names.map((name, n) =>
          `<div class="row ${n == 2 ? "grid-row-last" : ""}"><span>${name}</span><span class=cell></span></div>`).join("");
        const walks = names.map((_, n) => walk(40 + 31 * n)), before = [];
        every(80, () => names.forEach((name, n) => {
          const text = shown(`${name} last`, walks[n]());
          board.children[n + 1].children[1].innerHTML = (before[n] ? `<span class=slide-previous style="opacity: 0.2; margin-right: 20px">${before[n]}</span>` : "")
            + `<span class=slide-current>${text}</span>`;
          before[n] = text;
        }));</script>""",
        _both(["AMD", "IBM", "KO"], "last"),
    ),
    "count-up": Board(
        """<h2>BTC</h2><p>Last <span id=last>50000.00</span><script>
        shown("BTC last", last.textContent);
        let at = 50000, to = 50000;
        setInterval(() => { to = Math.round(50000 + 9000 * random()); }, 1000);
        setInterval(() => {
          if (Math.abs(to - at) > 0.01) { at += (to - at) * 0.3; if (Math.abs(to - at) < 1) { at = to; shown("BTC last", at.toFixed(2)); } last.textContent = at.toFixed(2); }
        }, 15);</script>""",
        "BTC last",
        has=("settle = 0.3", "frame by frame"),
    ),
    "count-up-without-a-name": Board(
        """<p>Visitors <span id=visitors>5000</span><script>
        let at = 5000, to = 5000;
        setInterval(() => { to = Math.round(5000 + 900 * random()); }, 1000);
        setInterval(() => { if (to !== at) { at += Math.sign(to - at) * Math.ceil(Math.abs(to - at) * 0.3); visitors.textContent = at; } }, 15);
        </script>""",
        told="frame by frame",
    ),
    "moving-columns": Board(
        """<script>
        const names = ["ES", "NQ", "YM"];
        table(["Symbol", "Bid", "Ask", "Last"], names.map((name) => [name, "", "", ""]));
        const walks = names.map((_, n) => walk(100 + 40 * n));
        const heads = document.querySelector("thead tr").cells;
        every(80, () => names.forEach((name, n) => {
          const price = Number(walks[n]());
          [...heads].forEach((head, i) => {
            const add = { Bid: 0, Last: 0.01, Ask: 0.02 }[head.textContent];
            if (add !== undefined) rows.rows[n].cells[i].textContent = shown(`${name} ${head.textContent.toLowerCase()}`, (price + add).toFixed(2));
          });
        }));
        setInterval(() => document.querySelectorAll("tr").forEach((row) => row.cells[0].before(row.cells[3])), 700);</script>""",
        _both(_ES, "bid ask last"),
        has=('symbol = { header = "Symbol" }', 'bid = { header = "Bid" }'),
    ),
    "icons-in-the-header": Board(
        """<style>.material-icons { font-family: "Material Icons" }</style>"""
        + _table("Symbol<i&nbsp;class=material-icons>arrow_upward</i> Last&nbsp;Price<br><i&nbsp;class=material-icons>arrow_upward</i>",
                 _ES, _ES, "[next('last')]").replace("i&nbsp;class", "i class"),
        _both(_ES, "last"),
    ),
    "icon-only-headers": Board(
        """<style>.material-icons { font-family: "Material Icons" }</style><table><tr><th title=Symbol><i class=material-icons>label</i>
        <th title="Bid price"><i class=material-icons>south</i><th aria-label="Ask price"><i class=material-icons>north</i></tr>
        <tbody id=rows></table><script>
        const names = ["ES", "NQ", "YM"];
        rows.innerHTML = names.map((name) => `<tr><td>${name}<td><td>`).join("");
        const walks = names.map((_, n) => walk(100 + 40 * n));
        every(80, () => names.forEach((name, n) => {
          const bid = shown(`${name} bid`, walks[n]());
          rows.rows[n].cells[1].textContent = bid;
          rows.rows[n].cells[2].textContent = shown(`${name} ask`, (Number(bid) + 0.02).toFixed(2));
        }));</script>""",
        _both(_ES),
    ),
    "arabic": Board(
        _table("Symbol Bid Ask", _ES, _ES,
               "[next('bid'), next('ask')].map((each) => each.replace('.', '٫').replace(/[0-9]/g, (d) => '٠١٢٣٤٥٦٧٨٩'[d]))"),
        _both(_ES),
    ),
    "scaled": Board(
        _table("Symbol Price", _ES, _ES, "['$' + next('last') + 'K']"), _both(_ES, "last"), format="1.23K", scale=1000
    ),
    "long-texts": Board(
        """<p id=feed></p><script>const walks = [1, 2, 3].map((n) => walk(100 * n));
        every(60, () => { feed.textContent = "Trades of this minute, newest first, as one line: " + walks.map((next) => next()).join(" then ") + " and so on"; });
        </script>""",
        told="longer than 60 characters",
    ),
    "japanese-names": Board(
        _table("銘柄 現在値", ["日経225", "TOPIX", "ダウ平均"], ["RiJing225", "TOPIX", "dauPingJun"], "[next('last')]"),
        _both(["RiJing225", "TOPIX", "dauPingJun"], "last"),
    ),
    "one-japanese-name": Board(
        _table("Index Last", ["ES", "NQ", "日経225"], ["ES", "NQ", "RiJing225"], "[next('last')]"),
        _both(["ES", "NQ", "RiJing225"], "last"),
    ),
    "headings-without-letters": Board(
        """<h1>TOPIX</h1><div id=cards></div><script>
        const names = ["101", "TOPIX", "202"];
        cards.innerHTML = names.map((name) => `<div class=card><h3>${name}</h3><p>Last <b></b></div>`).join("");
        const walks = names.map((_, n) => walk(100 + 50 * n));
        every(80, () => names.forEach((name, n) => { cards.children[n].querySelector("b").textContent = shown(`${name} last`, walks[n]()); }));
        </script>""",
        _both(["101", "TOPIX", "202"], "last"),
    ),
    "nameless-cards": Board(
        """<h1>Market</h1><div id=cards></div><script>
        cards.innerHTML = "<div class=card>Last <b></b></div>".repeat(3);
        const walks = [1, 2, 3].map((n) => walk(100 * n));
        every(80, () => walks.forEach((next, n) => { cards.children[n].querySelector("b").textContent = next(); }));
        </script>""",
        told="no text",
    ),
    "times-and-percentages": Board(
        _table("Symbol Bid Time %", _ES, _ES, "[next('bid'), new Date().toTimeString().slice(0, 8), (random() * 3).toFixed(2)]"),
        _both(_ES, "bid"),
    ),
}  # fmt: skip


class BoardSite(Site):
    """All boards, each at `/<name>`."""

    def __init__(self) -> None:
        super().__init__()
        for name, board in BOARDS.items():
            self.put(f"/{name}", _HEAD + board.body)
