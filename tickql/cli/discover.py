"""`tickql discover`: finds the prices on a page, shows them while it watches, and writes the feed file."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from rich.console import Console, Group, JustifyMethod
from rich.live import Live
from rich.table import Table
from rich.text import Text

from tickql.cli.choosing import chosen, is_terminal
from tickql.cli.errors import TickqlError
from tickql.cli.page_options import PageOptions, page_settings, toml_lines
from tickql.cli.program_name import program_name
from tickql.cli.terminal import json_text
from tickql.producer.discover.inference.documents import jmespath_of
from tickql.producer.discover.inference.findings import Findings, FoundField, FoundRule
from tickql.producer.discover.inference.readings import Choice, Reading
from tickql.producer.discover.inference.records import FoundStream
from tickql.producer.discover.session import Discovery, discover
from tickql.producer.discover.visit import DiscoveryRequest
from tickql.producer.discover.writing.feed_file_text import rows_text
from tickql.producer.prices.price_format import PriceFormat
from tickql.producer.prices.seen_text import plain_words

_COLOURS = {"high": "green", "medium": "yellow", "low": "red"}
_LIVE_ROWS = 24
_MAX_SHOWN = 32


@dataclass(frozen=True)
class Options:
    """The options of the command."""

    url: str
    output: Path = Path("feed.toml")
    seconds: float = 10.0
    format: str | None = None
    screenshot: Path | None = None
    page: PageOptions = field(default_factory=PageOptions)
    force: bool = False
    as_json: bool = False


async def discover_prices(options: Options, console: Console) -> Discovery:
    """Watch the page, write the feed file and the picture, and print what was found. Returns the discovery.

    Raises:
        TickqlError: an option is wrong, the feed file exists already, or a price can be read in several ways and no
            person at a terminal was asked, or none of the prices is settled.
        tickql.producer.discover.errors.DiscoverError: the page does not load, or has no prices.
    """
    request = _request(options)
    picture = options.screenshot or options.output.with_suffix(".png")
    if options.as_json:
        discovery = await discover(request, lambda findings, seconds: None)
    else:
        discovery = await _discover_live(request, console)
    try:
        # "x": a file that appeared while the page was watched is not replaced.
        with options.output.open("w" if options.force else "x", encoding="utf-8") as file:
            file.write(discovery.text)
        picture.write_bytes(discovery.screenshot)
    except OSError as error:
        raise TickqlError(f"{error.filename}: {(error.strerror or str(error)).lower()}") from error
    if options.as_json:
        console.out(json_text(_as_json(discovery, options.output, picture)), highlight=False)
    else:
        _print(discovery, options.output, picture, console)
    _check_settled(discovery.findings, options)
    return discovery


def _check_settled(findings: Findings, options: Options) -> None:
    choices = findings.choices
    if choices and (not findings.usable or options.as_json or not is_terminal()):
        count = f"{len(choices)} kinds of prices are" if len(choices) > 1 else "a price is"
        raise TickqlError(f"{options.output}: {count} left out: choose in the file how to read {choices[0].shown}")
    if not findings.usable:
        raise TickqlError(f"{options.output}: no known number format reads the prices")


def _request(options: Options) -> DiscoveryRequest:
    if options.output.exists() and not options.force:
        raise TickqlError(f"{options.output} exists already: give another name with -o, or --force to replace it")
    _make_folder(options.output)
    url = options.url if "://" in options.url else f"http://{options.url}"
    if options.format is not None:
        PriceFormat.from_text(options.format)
    keys = options.page.keys()
    page = page_settings(url, keys, options.output.parent)
    return DiscoveryRequest(page, options.output, options.seconds, options.format, toml_lines(keys))


def _make_folder(output: Path) -> None:
    """Make the folder of the feed file. A folder that cannot be written is reported before the page is watched."""
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        # `os.access` says nothing about a read-only file system or a full disk.
        TemporaryFile(dir=output.parent).close()
    except OSError as error:
        raise TickqlError(f"{output} cannot be written: {(error.strerror or str(error)).lower()}") from error


async def _discover_live(request: DiscoveryRequest, console: Console) -> Discovery:
    with Live(Text(f"opening {request.page.url} …"), console=console, refresh_per_second=8, transient=True) as live:

        def show(findings: Findings, seconds: float) -> None:
            found = sum(1 for _ in _rows(findings))
            head = (
                f"watching {request.page.url}: {seconds:.0f} of at most {request.seconds:.0f} s, {found} prices so far"
            )
            live.update(Group(Text(head, style="bold"), _table(findings, _LIVE_ROWS)))

        async def ask(choice: Choice) -> Reading | None:
            live.stop()
            return await chosen(choice, console)

        return await discover(request, show, ask if is_terminal() else None)


def _print(discovery: Discovery, output: Path, picture: Path, console: Console) -> None:
    findings = discovery.findings
    console.print(_table(findings, None))
    for fault in discovery.faults:
        console.print(f"removed: {fault}", style="yellow", highlight=False, markup=False)
    for note in _notes(findings):
        console.print(f"note: {note}", style="yellow", highlight=False, markup=False)
    console.print(f"wrote {output} and {picture}", highlight=False, markup=False, soft_wrap=True)
    if findings.usable:
        console.print(f"next: {program_name()} up {output}", highlight=False, markup=False, soft_wrap=True)


def _notes(findings: Findings) -> list[str]:
    left = (f"{choice.line}. Choose one in the file" for choice in findings.choices)
    return [*findings.notes, *(note for rule in findings.rules for note in rule.notes), *left]


def _table(findings: Findings, limit: int | None) -> Table:
    table = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 1))
    for name in ("symbol", "field", "sample", "rate", "selector", "format", "confidence"):
        justify: JustifyMethod = "right" if name in ("sample", "rate") else "left"
        table.add_column(name, justify=justify, no_wrap=name != "selector", overflow="fold")
    rows = list(_rows(findings))
    for row in rows[:limit]:
        level = row["confidence"]
        values = (
            row["symbol"],
            row["field"],
            row["sample"],
            f"{row['rate']:g}/s",
            _short(row["selector"]),
            row["format"] or "?",
        )
        table.add_row(*(Text(value) for value in values), Text(level, style=_COLOURS[level]))
    if limit is not None and len(rows) > limit:
        table.add_row(Text(f"… and {len(rows) - limit} more", style="dim"))
    return table


def _short(selector: str) -> str:
    """Return a selector without that of its row, which is the same for all fields. The file has the whole selector."""
    text = selector.partition(" >> ")[2] or selector
    return text if len(text) <= _MAX_SHOWN else f"{text[: _MAX_SHOWN - 1]}…"


def _rows(findings: Findings) -> Iterator[dict[str, Any]]:
    for rule, symbol, found, spot in findings.rows():
        yield {
            "symbol": symbol,
            "field": found.name.upper(),
            "sample": plain_words(spot.texts[-1]) if spot.texts else "",
            "rate": _rate(spot.changes, findings.seconds),
            "selector": _selector(rule, found),
            "read": found.read,
            "format": rule.notation.format,
            "confidence": found.confidence(rule.notation),
        }
    for stream in findings.streams:
        yield from _stream_rows(stream, findings.seconds)


def _stream_rows(stream: FoundStream, seconds: float) -> Iterator[dict[str, Any]]:
    for symbol, prices in stream.samples.items():
        for name, sample in prices.items():
            yield {
                "symbol": symbol,
                "field": name.upper(),
                "sample": sample,
                "rate": _rate(stream.changes[symbol, name], seconds),
                "selector": f"{stream.origin.kind} {stream.origin.url} >> {jmespath_of(stream.picks[name])}",
                "read": "stream",
                "format": stream.notation.format,
                "confidence": "medium",
            }


def _rate(changes: int, seconds: float) -> float:
    return float(f"{changes / max(seconds, 0.1):.2g}")


def _selector(rule: FoundRule, found: FoundField) -> str:
    if rule.kind == "table":
        return f"{rows_text(rule)} >> {found.selectors[0].text}"
    if rule.kind == "labelled" and rule.rows is not None and rule.value is not None:
        return f"{rule.rows.text} ({found.evidence.text}) >> {rule.value.text}"
    return found.selectors[0].text


def _as_json(discovery: Discovery, output: Path, picture: Path) -> dict[str, Any]:
    findings = discovery.findings
    return {
        "url": findings.url,
        "title": findings.title,
        "seconds": round(findings.seconds, 1),
        "feed_file": str(output),
        "screenshot": str(picture),
        "prices": list(_rows(findings)),
        "taken_back": list(discovery.faults),
        "notes": _notes(findings),
    }
