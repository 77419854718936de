"""`tickql`: every command and its options."""

import asyncio
import logging
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from clients.python.subscriber import URL
from feed.errors import FeedError
from feed.settings import FeedSettings
from tickql.errors import TickqlError

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

FeedFileArguments = Annotated[
    list[Path], typer.Argument(metavar="FEED...", help="Feed files (TOML): which pages, which prices.")
]
Symbols = Annotated[list[str] | None, typer.Argument(metavar="SYMBOL...", help="Such as ES NQ; all when left out.")]
Url = Annotated[str, typer.Option("--url", help="Address of the API.")]


@app.command()
def up(
    feed: Annotated[
        Path | None, typer.Argument(metavar="[FEED]", help="Your feed file; the demo page when left out.")
    ] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port of the API.", show_default="8000")] = None,
    demo_port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the demo page.")] = 8081,
    data: Annotated[Path | None, typer.Option(help="Folder for history and logs.", show_default=".tickql")] = None,
) -> None:
    """Run everything: Redis (our own, unless TICKQL_REDIS_URL names one), the page's producer and the API.

    Ctrl-C ends all of it, and so does the end of any part.
    """
    from tickql.settings import Settings
    from tickql.up import MainJob

    _run(MainJob(_settings(Settings, port=port, data=data), feed, demo_port, console).run())


@app.command()
def produce(
    feeds: FeedFileArguments,
    take_over: Annotated[
        bool, typer.Option("--take-over", help="Replace a producer of the same feed file, instead of waiting for it.")
    ] = False,
) -> None:
    """Watch pages and publish their ticks to Redis (TICKQL_REDIS_URL), for days.

    Each feed file is a page of its own in one browser, with its own status; a symbol may come from one of them only.

    Such as `tickql produce futures.toml` or `tickql produce futures.toml bonds.toml`.

    One producer writes a feed file at a time. A second one, here or on another machine, is a standby: it takes over
    within seconds when the first one ends or hangs.
    """
    from producer.service import produce as produce_ticks
    from tickql.settings import Settings

    settings = Settings()
    _log(settings.log_level)
    _run(produce_ticks(feeds, settings, take_over=take_over))


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
    """Serve the GraphQL API of the feed in Redis (TICKQL_REDIS_URL)."""
    from api.server import serve as serve_api
    from api.settings import ApiSettings

    settings = _settings(ApiSettings, host=host, port=port, allow_remote=allow_remote or None)
    serve_api(settings, workers=workers)


@app.command()
def watch(symbols: Symbols = None, url: Url = URL) -> None:
    """Show a live table of prices, with change colours and the state of the feed."""
    from tickql.watch import watch as watch_prices

    _log("ERROR")
    _run(watch_prices(symbols or [], url, console))


@app.command()
def last(symbols: Symbols = None, url: Url = URL) -> None:
    """Print the newest prices, once."""
    from tickql.watch import last as last_prices

    ticks = asyncio.run(last_prices(symbols or [], url))
    table = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 2))
    for name in ("symbol", "bid", "ask", "last", "timestamp"):
        table.add_column(name, justify="left" if name in ("symbol", "timestamp") else "right")
    for tick in ticks:
        table.add_row(tick["symbol"], *(tick[name] or "-" for name in ("bid", "ask", "last")), tick["timestamp"])
    console.print(table)
    missing = sorted(set(symbols or []) - {tick["symbol"] for tick in ticks})
    if missing:
        raise TickqlError(f"no price of {', '.join(missing)} has been seen")


@app.command()
def schema() -> None:
    """Print the GraphQL schema (SDL)."""
    from api.schema_export import schema_text

    sys.stdout.write(schema_text())


def main() -> None:
    """Run a command; a user's mistake is one line and a non-zero exit code, never a traceback."""
    from api.errors import ApiError
    from producer.errors import ProducerError

    try:
        app()
    except (TickqlError, FeedError, ProducerError, ApiError) as error:
        _fail(str(error))
    except ValidationError as error:
        first = error.errors()[0]
        _fail(f"setting TICKQL_{'_'.join(map(str, first['loc'])).upper()}: {first['msg']} (given: {first['input']!r})")


def _settings(kind: type[S], **given: Any) -> S:
    """Settings from the environment, but for the options that were given (are not `None`)."""
    return kind(**{name: value for name, value in given.items() if value is not None})


def _fail(message: str) -> None:
    Console(stderr=True).print(f"tickql: {message}", style="red", highlight=False, markup=False, soft_wrap=True)
    sys.exit(1)


def _log(level: str) -> None:
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")


def _run(job: Coroutine[Any, Any, None]) -> None:
    """Run a job until it ends, or until a signal ends it: then it cleans up, and that is no failure."""
    asyncio.run(_until_signal(job))


async def _until_signal(job: Coroutine[Any, Any, None]) -> None:
    task = asyncio.ensure_future(job)
    stopping = False

    def stop() -> None:
        nonlocal stopping
        if not stopping:
            stopping = True
            task.cancel()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop)
    try:
        await task
    except asyncio.CancelledError:
        if not stopping:
            raise
