"""`tickql`: every command and its options. What a command does is in a module of its own."""

import logging
import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer
from pydantic import ValidationError
from rich.console import Console

from tickql.cli import options
from tickql.cli.errors import TickqlError
from tickql.cli.job import run
from tickql.clients.python.subscriber import URL
from tickql.feed.errors import FeedError, FeedUnavailable
from tickql.feed.settings import FeedSettings

app = typer.Typer(
    name="tickql",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="Turn a web page that shows live prices into a real-time GraphQL API. "
    "Start with `tickql up`; settings are environment variables, `TICKQL_...`, listed in the README.",
)
console = Console()

S = TypeVar("S", bound=FeedSettings)


@app.command()
def up(
    feeds: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FEED", parser=Path, help="Your feed files; the demo page when left out."),
    ] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port of the API.", show_default="8000")] = None,
    demo_port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the demo page.")] = 8081,
    data: Annotated[Path | None, options.file("Folder for history and logs.", ".tickql", "FOLDER")] = None,
) -> None:
    """Run everything: Redis (our own, unless TICKQL_REDIS_URL names one), the producer of the pages and the API.

    Ctrl-C ends all of it, and so does the end of any part.

    Such as `tickql up`, or `tickql up my.toml --port 8010`.
    """
    from tickql.cli.settings import Settings
    from tickql.cli.up import MainJob

    run(MainJob(_settings(Settings, port=port, data=data), feeds or [], demo_port, console).run())


@app.command()
def discover(
    url: Annotated[str, typer.Argument(metavar="URL", help="Address of a page that shows live prices.")],
    output: Annotated[Path, options.output("The feed file to write.")] = Path("feed.toml"),
    seconds: Annotated[float, typer.Option(min=1, max=600, help="Longest time to watch the page.")] = 10.0,
    price_format: Annotated[
        str | None, typer.Option("--format", help="How the page writes numbers, such as 1.234,56, if it is not clear.")
    ] = None,
    screenshot: Annotated[Path | None, options.file("The picture to write.", "beside the feed file")] = None,
    locale: Annotated[str | None, typer.Option(help="Language of the browser, such as de-DE.")] = None,
    storage_state: Annotated[Path | None, options.file("A login that `tickql login` has saved.")] = None,
    force: options.Force = False,
    as_json: options.Json = False,
) -> None:
    """Find the prices on a page, and write a feed file that works.

    It watches the page for some seconds, tells ASK, BID and LAST by headers, labels and names, proves each selector
    in the page, and opens the page a second time to see that all is found again.

    Such as `tickql discover http://127.0.0.1:8081/ -o my.toml`, and then `tickql up my.toml`.
    """
    from tickql.cli.discover import Options, discover_prices

    wanted = Options(url, output, seconds, price_format, screenshot, locale, storage_state, force, as_json)
    if run(discover_prices(wanted, console)) is None:
        raise TickqlError("stopped before there was anything to write")


@app.command()
def check(
    feed: options.FeedFile,
    seconds: Annotated[float, typer.Option(min=0.5, max=3600, help="How long changes are counted.")] = 5.0,
    screenshot: Annotated[
        Path | None,
        options.file(
            "Picture of the page, with a box around each price that is found (PNG).",
            "FEED.check.png, if something is wrong",
        ),
    ] = None,
    no_screenshot: Annotated[bool, typer.Option("--no-screenshot", help="No picture at all.")] = False,
    every: Annotated[bool, typer.Option("--all", help="Each row of a large table.")] = False,
    as_json: options.Json = False,
) -> None:
    """Look at a page through its feed file: is each price found, read and live? Publishes nothing.

    The page is opened as `tickql produce` does it. Exit code 0: every price is LIVE. 1: one is not, and the last lines
    say why. 2: the feed file cannot be used.

    Such as `tickql check my.toml`, in CI `tickql check my.toml --json --seconds 10`.
    """
    from tickql.cli.check import Options
    from tickql.cli.check import check as check_page
    from tickql.producer.errors import FeedFileError

    _log("ERROR")
    try:
        is_live = run(check_page(Options(feed, seconds, screenshot, no_screenshot, every, as_json), console))
    except FeedFileError as error:
        _fail(str(error), 2)
    if not is_live:
        sys.exit(1)


@app.command()
def produce(
    feeds: options.FeedFiles,
    take_over: Annotated[
        bool, typer.Option("--take-over", help="Replace a producer of the same feed file, instead of waiting for it.")
    ] = False,
) -> None:
    """Watch pages and publish their ticks to Redis (TICKQL_REDIS_URL), for days.

    Each feed file is a page of its own in one browser, with its own status; a symbol may come from one of them only.

    One producer writes a feed file at a time. A second one, here or on another machine, is a standby: it takes over
    within seconds when the first one ends or hangs.

    Such as `tickql produce futures.toml` or `tickql produce futures.toml bonds.toml`.
    """
    from tickql.cli.settings import Settings
    from tickql.producer.service import produce as produce_ticks

    settings = Settings()
    _log(settings.log_level)
    run(produce_ticks(feeds, settings, take_over=take_over))


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.", show_default="127.0.0.1")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.", show_default="8000")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that share the port.")] = 1,
    allow_remote: Annotated[
        bool, typer.Option("--allow-remote", help="Listen where other machines can reach it: there is no login yet.")
    ] = False,
) -> None:
    """Serve the GraphQL API of the feed in Redis (TICKQL_REDIS_URL).

    Such as `tickql serve --port 8010 --workers 2`, beside a `tickql produce`.
    """
    from tickql.api.server import serve as serve_api
    from tickql.api.settings import ApiSettings

    settings = _settings(ApiSettings, host=host, port=port, allow_remote=allow_remote or None)
    serve_api(settings, workers=workers)


@app.command()
def watch(symbols: options.Symbols = None, url: options.Url = URL) -> None:
    """Show a live table of prices, with change colours and the state of the feed.

    Such as `tickql watch`, or `tickql watch ES NQ`.
    """
    from tickql.cli.watch import watch as watch_prices

    _log("ERROR")
    run(watch_prices(symbols or [], url, console))


@app.command()
def last(symbols: options.Symbols = None, url: options.Url = URL) -> None:
    """Print the newest prices, once. Exit code 1: one of the symbols has no price yet.

    Such as `tickql last`, or `tickql last ES NQ`.
    """
    from tickql.cli.watch import show_last

    run(show_last(symbols or [], url, console))


@app.command()
def record(
    what: Annotated[
        list[str] | None,
        typer.Argument(metavar="FEED", help="The feed file; with --from-feed symbols, all when left out."),
    ] = None,
    output: Annotated[Path | None, options.output("Where to: .jsonl or .csv tells the format.")] = None,
    form: options.Format = None,
    for_s: Annotated[
        float | None,
        typer.Option(
            "--for", min=0.1, metavar="SECONDS", help="End so long after the first price.", show_default="at Ctrl-C"
        ),
    ] = None,
    force: options.Force = False,
    from_feed: Annotated[
        bool, typer.Option("--from-feed", help="Record the feed in Redis (TICKQL_REDIS_URL): needs no browser.")
    ] = False,
) -> None:
    """Record what a page shows: every quote, with the digits of the page and its time.

    A line is in the file at once, and whole, however recording ends.

    Such as `tickql record my.toml -o monday.jsonl`, or `tickql record --from-feed ES NQ -o es.csv --for 60`.
    """
    from tickql.cli.record import record as record_quotes

    if output is None:
        raise TickqlError("say where to: -o FILE.jsonl, or -o FILE.csv")
    if not from_feed and len(what or []) != 1:
        raise TickqlError("say what to record: one feed file, or --from-feed and symbols")
    source = what or [] if from_feed else Path((what or [])[0])
    _log("ERROR")
    run(record_quotes(source, FeedSettings(), output, console, form=form, for_s=for_s, overwrite=force))


@app.command()
def replay(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", parser=Path, help="What `tickql record` wrote, or a CSV with its columns.")
    ],
    speed: Annotated[
        str, typer.Option(metavar="N", help="Times as fast as it was; `max`: as fast as Redis takes it.")
    ] = "1",
    loop: Annotated[bool, typer.Option("--loop", help="Begin again at its end, until Ctrl-C.")] = False,
    original_times: Annotated[
        bool, typer.Option("--original-times", help="Publish with the recorded times, not with that of the replay.")
    ] = False,
    form: options.Format = None,
) -> None:
    """Publish a recording to the feed in Redis (TICKQL_REDIS_URL), as if it happened now: needs no browser.

    Every quote with its digits, in order. It ends when Redis has confirmed the last one. The feed's status says that it
    is a replay.

    Such as `tickql replay monday.jsonl --speed 10`, or `tickql replay ticks.csv --speed max`.
    """
    from tickql.cli.replay import Replay, parse_speed

    if loop and original_times:
        raise TickqlError("--loop would take time back at each round: leave --original-times out")
    times = parse_speed(speed)
    _log("ERROR")
    run(Replay(file, FeedSettings(), console, form).run(times, loop=loop, original_times=original_times))


@app.command()
def login(
    url: Annotated[str | None, typer.Argument(metavar="URL", help="The page; the feed file's when left out.")] = None,
    output: Annotated[Path | None, options.output("File to save to.", "the feed file's, else login.json")] = None,
    feed: Annotated[Path | None, options.file("Feed file: its page, its marker, its recipe if it has one.")] = None,
    marker: Annotated[
        str | None, typer.Option(help="Selector of what is on the page only while you are logged in.")
    ] = None,
    by_hand: Annotated[bool, typer.Option("--by-hand", help="Open a window though there is a recipe.")] = False,
    force: options.Force = False,
) -> None:
    """Log in to a page once, in a window, and save that for the producer.

    Cookies, local storage, IndexedDB and session storage are saved, in a file that only you can read; `storage_state`
    of a feed file names it. A feed file with a recipe (`[page.login]` with `steps`) is logged in by that, without a
    window.

    Such as `tickql login https://example.test/board -o login.json`, or `tickql login --feed board.toml`.
    """
    from tickql.cli.login import free_path, login_settings
    from tickql.cli.login import login as log_in

    settings = login_settings(url, feed, marker)
    run(log_in(settings, free_path(settings, output, force=force), console, by_hand=by_hand))


@app.command()
def doctor(
    feed: Annotated[
        Path | None, typer.Argument(metavar="FEED", parser=Path, help="A feed file to look at, too.")
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Find out if this machine has what tickql needs, and how to mend what it lacks.

    Tries everything for real: Python and packages, memory, limits, folder and port, Redis (TICKQL_REDIS_URL, or the one
    that `tickql up` brings), the browser, and a page in it. Exit code 1: something failed.

    Such as `tickql doctor`, or `tickql doctor my.toml --json`.
    """
    from tickql.cli.doctor.examination import doctor as examine
    from tickql.cli.settings import Settings

    _log("CRITICAL")
    if not run(examine(Settings(), feed, console, as_json=as_json)):
        sys.exit(1)


@app.command()
def schema() -> None:
    """Print the GraphQL schema (SDL).

    Such as `tickql schema > schema.graphql`.
    """
    from tickql.api.schema_export import schema_text

    sys.stdout.write(schema_text())


def main() -> None:
    """Run a command; a user's mistake is one line and a non-zero exit code, never a traceback."""
    from tickql.api.errors import ApiError
    from tickql.producer.errors import ProducerError

    try:
        app()
    except FeedUnavailable as error:
        _fail(f"{str(error).rstrip('.')}: set TICKQL_REDIS_URL to where it is; `tickql up` prints where its own is")
    except (TickqlError, FeedError, ProducerError, ApiError) as error:
        _fail(str(error))
    except ValidationError as error:
        first = error.errors()[0]
        _fail(f"setting TICKQL_{'_'.join(map(str, first['loc'])).upper()}: {first['msg']} (given: {first['input']!r})")


def _settings(kind: type[S], **given: Any) -> S:
    """Settings from the environment, but for the options that were given (are not `None`)."""
    return kind(**{name: value for name, value in given.items() if value is not None})


def _fail(message: str, code: int = 1) -> NoReturn:
    Console(stderr=True).print(f"tickql: {message}", style="red", highlight=False, markup=False, soft_wrap=True)
    sys.exit(code)


def _log(level: str) -> None:
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
