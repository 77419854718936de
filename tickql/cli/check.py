"""`tickql check`: whether every price of a feed file is found, read and live. For people, for programs and for CI."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tickql.cli.progress import count, print_line, progress
from tickql.cli.terminal import json_text
from tickql.feed.status import ProducerState
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.price_fields import FIELD_NAMES
from tickql.producer.feedfile.rules import SymbolRule
from tickql.producer.inspect.inspection import FieldFinding, Inspection
from tickql.producer.inspect.inspector import Inspector

_STYLES = {
    ProducerState.LIVE: "green",
    ProducerState.STARTING: "yellow",
    ProducerState.DEGRADED: "yellow",
    ProducerState.MISSING: "red",
    ProducerState.STALE: "bold red",
    ProducerState.STOPPED: "bold red",
}
_FEW_SYMBOLS = 6
"""A table with more symbols is shown as a summary, unless all rows are asked for."""
_SHOWN_REASONS = 10
"""How many reasons are shown without `--all`: what fits on a screen."""


@dataclass(frozen=True)
class Options:
    """The options of the command. `screenshot`: the file; `None`: beside the feed file, if something is wrong."""

    feed: Path
    seconds: float = 5.0
    screenshot: Path | None = None
    no_screenshot: bool = False
    every: bool = False
    as_json: bool = False


async def check(options: Options, console: Console) -> bool:
    """Inspect the page and print the result. Returns whether every price is LIVE.

    Raises:
        FeedFileError: the feed file cannot be used.
        BrowserNotFound, BrowserBroken, RobotsRefused: see `tickql.producer.errors`.
    """
    feed = FeedFile.load(options.feed)
    inspector = Inspector(feed)

    def wants_screenshot(found: Inspection) -> bool:
        return not options.no_screenshot and (options.screenshot is not None or not found.is_live)

    if options.as_json:
        found = await inspector.inspect(options.seconds, wants_screenshot)
    else:
        async with progress(console, lambda: _progress(feed, inspector)):
            found = await inspector.inspect(options.seconds, wants_screenshot)
    picture = options.screenshot or options.feed.with_suffix(".check.png")
    saved = _save(found, picture) if wants_screenshot(found) else None
    if options.as_json:
        print(json_text(_as_json(feed, found, saved)))  # noqa: T201
    else:
        _show(feed, found, options.every, console)
        if saved is not None:
            print_line(console, f"picture: {saved}")
        elif wants_screenshot(found):
            why = f"{picture} cannot be written" if found.screenshot else "the browser took none"
            print_line(console, f"no picture: {why}")
    return found.is_live


def _progress(feed: FeedFile, inspector: Inspector) -> str:
    latest = inspector.latest
    if latest is None or latest.state is ProducerState.STARTING:
        return f"opening {feed.page.url}"
    return f"watching: {count(len(latest.symbols), 'symbol')}, {count(inspector.quotes, 'quote')}"


def _save(found: Inspection, path: Path) -> Path | None:
    if found.screenshot is None:
        return None
    try:
        path.write_bytes(found.screenshot)
    except OSError:
        return None
    return path


def _as_json(feed: FeedFile, found: Inspection, picture: Path | None) -> dict[str, Any]:
    return {
        "feed": str(feed.path),
        "url": feed.page.url,
        "page": found.page,
        "live": found.is_live,
        "state": found.state,
        "reason": found.reason,
        "seconds": round(found.seconds, 3),
        "timer_hz": found.timer_hz,
        "screenshot": None if picture is None else str(picture),
        "fields": [
            asdict(field) | {"rule": feed.rule_name(field.rule), "changes_per_s": round(field.changes_per_s, 3)}
            for field in found.fields
        ],
    }


def _show(feed: FeedFile, found: Inspection, every: bool, console: Console) -> None:
    table = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 1))
    for name in ("symbol", "field", "matches", "selector", "text", "price", "per s", "state"):
        is_right = name in ("matches", "text", "price", "per s")
        table.add_column(
            name, justify="right" if is_right else "left", no_wrap=name not in ("selector", "state"), overflow="fold"
        )
    for index in range(len(feed.rules)):
        fields = [field for field in found.fields if field.rule == index]
        symbols = {field.symbol for field in fields}
        summed = not every and len(symbols) > _FEW_SYMBOLS and not isinstance(feed.rules[index], SymbolRule)
        for row in _summary(fields) if summed else map(_row, fields):
            table.add_row(*row)
    if found.fields:
        console.print(table)
    reasons = [(field, field.reason) for field in found.fields if field.reason is not None]
    for field, reason in reasons if every else reasons[:_SHOWN_REASONS]:
        print_line(console, f"{field.symbol} is {field.state}: {reason}", _STYLES[field.state])
    if not every and len(reasons) > _SHOWN_REASONS:
        print_line(console, f"and {len(reasons) - _SHOWN_REASONS} more: --all shows them")
    hidden = [f"{field.symbol} {field.field}" for field in found.fields if not field.is_rendered and field.matches]
    if hidden:
        shown = ", ".join(hidden[:_FEW_SYMBOLS]) + (", ..." if len(hidden) > _FEW_SYMBOLS else "")
        print_line(
            console, f"{count(len(hidden), 'price')} hidden on the page, read by structure only: {shown}", "yellow"
        )
    live = sum(field.state is ProducerState.LIVE for field in found.fields)
    why = f": {found.reason}" if found.reason else ""
    prices = f"{live} of {count(len(found.fields), 'price')} LIVE, {found.seconds:.0f} s watched"
    print_line(console, f"{found.page} is {found.state}{why}", _STYLES[found.state])
    print_line(console, prices, "green" if found.is_live else "red")


def _row(field: FieldFinding) -> Sequence[str | Text]:
    return (
        field.symbol if field.name is None else f"{field.symbol} ({field.name})",
        field.field,
        "" if field.matches is None else str(max(field.matches, 0)),
        Text(field.selector),
        Text("" if field.raw is None else repr(field.raw)[1:-1]),
        field.price or "-",
        f"{field.changes_per_s:.1f}",
        _states(Counter([field.state])),
    )


def _summary(fields: Sequence[FieldFinding]) -> Iterator[Sequence[str | Text]]:
    """Yield a row for each field of a rule with many symbols: the sums, and the first live symbol as an example."""
    for name in FIELD_NAMES:
        of_name = [field for field in fields if field.field == name]
        if not of_name:
            continue
        example = next((field for field in of_name if field.state is ProducerState.LIVE), of_name[0])
        found = sum(field.matches == 1 for field in of_name)
        symbol, _, matches, selector, text, price, _, _ = _row(example)
        yield (
            f"{symbol} +{len(of_name) - 1}",
            name,
            f"{found}/{len(of_name)}" if example.matches is not None else matches,
            selector,
            text,
            price,
            f"{sum(field.changes_per_s for field in of_name):.1f}",
            _states(Counter(field.state for field in of_name)),
        )


def _states(states: Counter[ProducerState]) -> Text:
    shown = [
        (f"{number} {state}" if states.total() > 1 else str(state), _STYLES[state])
        for state, number in states.most_common()
    ]
    return Text(", ").join(Text(text, style=style) for text, style in shown)
