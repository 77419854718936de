"""The commands for prices: watch, last, record, replay.

Each command imports its module when it runs (see `run_commands`).
"""

from pathlib import Path
from typing import Annotated

import typer

from tickql.cli import options
from tickql.cli.errors import TickqlError
from tickql.cli.signal_handling import run_until_signal
from tickql.cli.terminal import console, start_logging


def watch(symbols: options.Symbols = None, url: options.Url = options.DEFAULT_URL, token: options.Token = None) -> None:
    """Show a live table of prices, with colours for changes and the state of the feed.

    Example: `tickql watch`, or `tickql watch ES NQ`.
    """
    from tickql.cli.watch import watch as watch_prices

    start_logging("ERROR")
    run_until_signal(watch_prices(symbols or [], url, console, token))


def last(symbols: options.Symbols = None, url: options.Url = options.DEFAULT_URL, token: options.Token = None) -> None:
    """Print the newest prices once. Exit code 1: a symbol has no price yet.

    Example: `tickql last`, or `tickql last ES NQ`.
    """
    from tickql.cli.watch import show_last

    run_until_signal(show_last(symbols or [], url, console, token))


def record(
    what: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FEED", help="The feed file. With --from-feed: symbols, or all symbols if none is given."
        ),
    ] = None,
    output: Annotated[Path | None, options.output("The file to write: .jsonl or .csv.")] = None,
    form: options.Format = None,
    for_s: Annotated[
        float | None,
        typer.Option(
            "--for",
            min=0.1,
            metavar="SECONDS",
            help="How long to record, from the first price on.",
            show_default="until Ctrl-C",
        ),
    ] = None,
    force: options.Force = False,
    from_feed: Annotated[
        bool, typer.Option("--from-feed", help="Record the feed in Redis (TICKQL_REDIS_URL). Needs no browser.")
    ] = False,
) -> None:
    """Record what a page shows: every quote, with the digits of the page and the time.

    Each quote is written at once as a whole line, so the file is good however the recording ends.

    Example: `tickql record my.toml -o monday.jsonl`, or `tickql record --from-feed ES NQ -o es.csv --for 60`.
    """
    from tickql.cli.record import record as record_quotes
    from tickql.feed.settings import FeedSettings

    if output is None:
        raise TickqlError("name the file to write: -o FILE.jsonl, or -o FILE.csv")
    if not from_feed and len(what or []) != 1:
        raise TickqlError("name what to record: one feed file, or --from-feed and symbols")
    source = what or [] if from_feed else Path((what or [])[0])
    start_logging("ERROR")
    run_until_signal(record_quotes(source, FeedSettings(), output, console, form=form, for_s=for_s, overwrite=force))


def replay(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", parser=Path, help="A file that `tickql record` wrote, or a CSV with its columns."
        ),
    ],
    speed: Annotated[
        str, typer.Option(metavar="N|max", help="How many times faster. `max`: as fast as Redis accepts quotes.")
    ] = "1",
    loop: Annotated[bool, typer.Option("--loop", help="Start again at the end of the file, until Ctrl-C.")] = False,
    original_times: Annotated[
        bool, typer.Option("--original-times", help="Publish the recorded times, not the times of the replay.")
    ] = False,
    form: options.Format = None,
) -> None:
    """Publish a recording to the feed in Redis (TICKQL_REDIS_URL) as if it happened now. Needs no browser.

    Every quote is published with its digits and in order. The command ends when Redis has confirmed the last one. The
    status of the feed says that it is a replay.

    Example: `tickql replay monday.jsonl --speed 10`, or `tickql replay ticks.csv --speed max`.
    """
    from tickql.cli.replay import Replay, parse_speed
    from tickql.feed.settings import FeedSettings

    if loop and original_times:
        raise TickqlError("--loop with --original-times would publish times that go back: leave one of the two out")
    times = parse_speed(speed)
    start_logging("ERROR")
    run_until_signal(Replay(file, FeedSettings(), console, form).run(times, loop=loop, original_times=original_times))
