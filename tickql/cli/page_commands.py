"""The commands for a page and its feed file: discover, check, login.

Each command imports its module when it runs (see `run_commands`).
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from tickql.cli import options
from tickql.cli.errors import TickqlError
from tickql.cli.exit_codes import ExitCode
from tickql.cli.signal_handling import run_until_signal
from tickql.cli.terminal import console, fail, start_logging


def discover(
    url: Annotated[str, typer.Argument(metavar="URL", help="Address of a page that shows live prices.")],
    output: Annotated[Path, options.output("The feed file to write.")] = Path("feed.toml"),
    seconds: Annotated[
        float, typer.Option(min=1, max=600, metavar="SECONDS", help="Longest time to watch the page.")
    ] = 10.0,
    price_format: Annotated[
        str | None,
        typer.Option(
            "--format", metavar="FORMAT", help="How the page writes numbers, such as 1.234,56, if that is ambiguous."
        ),
    ] = None,
    screenshot: Annotated[Path | None, options.file("The picture to write (PNG).", "beside the feed file")] = None,
    locale: Annotated[
        str | None, typer.Option(metavar="LOCALE", help="Language of the browser, such as de-DE.")
    ] = None,
    storage_state: Annotated[Path | None, options.file("A login that `tickql login` has saved.")] = None,
    step: Annotated[
        list[str] | None,
        typer.Option(
            "--step", metavar="STEP",
            help='What to do before prices are there, such as "click text=Futures". May be given again, in order.',
        ),
    ] = None,
    dismiss: Annotated[
        list[str] | None,
        typer.Option(
            "--dismiss", metavar="SELECTOR",
            help="What to click whenever it is visible, such as the button of a cookie dialog. May be given again.",
        ),
    ] = None,
    viewport: Annotated[
        str | None,
        typer.Option("--viewport", metavar="SIZE", help="Size of the page, such as 1280x6000: what a window shows."),
    ] = None,
    page: Annotated[
        list[str] | None,
        typer.Option(
            "--page", metavar="LINE",
            help="Any other line for [page] of the feed file, such as 'proxy = \"http://127.0.0.1:3128\"'.",
        ),
    ] = None,
    no_sandbox: options.NoSandbox = False,
    force: options.Force = False,
    as_json: options.Json = False,
) -> None:  # fmt: skip
    """Find the prices on a page and write a feed file for it.

    The command watches the page for some seconds. Headers, labels and names tell which number is ASK, BID or LAST. The
    command then opens the page a second time and proves that the feed file finds every price again.

    A price that can be read in several ways, such as 12 with a raised 99, is shown with the keys for each way. At a
    terminal the command asks which one is right. Exit code 0: the feed file can be used. 1: it cannot, or without a
    terminal a price is left out that can be read in several ways; the last line says which.

    Steps get to prices that the page does not show at once: `click`, `hover`, `wait`, `scroll` or `press` with what it
    is about; `fill` and `choose` as in a feed file: `--step 'choose = "#market", value = "Futures"'`.

    Example: `tickql discover http://127.0.0.1:8081/ -o my.toml`, then `tickql up my.toml`.

    Example: `tickql discover example.test --dismiss "text=Accept all" --step "click text=Futures" --step "scroll html"`
    """
    from tickql.cli.discover import Options, discover_prices
    from tickql.cli.page_options import PageOptions

    to_prices = PageOptions(locale, storage_state, viewport, dismiss or (), step or (), page or ())
    wanted = Options(url, output, seconds, price_format, screenshot, to_prices, force, as_json)
    if run_until_signal(discover_prices(wanted, console)) is None:
        raise TickqlError("stopped before there was anything to write")


def check(
    feed: options.FeedFile,
    seconds: Annotated[
        float, typer.Option(min=0.5, max=3600, metavar="SECONDS", help="How long to count changes.")
    ] = 5.0,
    screenshot: Annotated[
        Path | None,
        options.file(
            "The picture of the page to write (PNG), with a box around each price.",
            "FEED.check.png, if something is wrong",
        ),
    ] = None,
    no_screenshot: Annotated[bool, typer.Option("--no-screenshot", help="Write no picture.")] = False,
    every: Annotated[bool, typer.Option("--all", help="Print each row of a large table.")] = False,
    no_sandbox: options.NoSandbox = False,
    as_json: options.Json = False,
) -> None:
    """Check whether each price of a feed file is found, read and live. Publishes nothing.

    The command opens the page as `tickql produce` does. Exit code 0: every price is LIVE. 1: a price is not LIVE, and
    the last lines say why. 2: the feed file cannot be used.

    Example: `tickql check my.toml`, or in CI `tickql check my.toml --json --seconds 10`.
    """
    from tickql.cli.check import Options
    from tickql.cli.check import check as check_page
    from tickql.producer.errors import FeedFileError

    start_logging("ERROR")
    try:
        is_live = run_until_signal(
            check_page(Options(feed, seconds, screenshot, no_screenshot, every, as_json), console)
        )
    except FeedFileError as error:
        fail(str(error), ExitCode.UNUSABLE)
    if not is_live:
        sys.exit(ExitCode.FAILED)


def login(
    url: Annotated[
        str | None, typer.Argument(metavar="URL", help="Address of the page. That of the feed file if none is given.")
    ] = None,
    output: Annotated[
        Path | None, options.output("The file to write.", "that of the feed file, else login.json")
    ] = None,
    feed: Annotated[
        Path | None, options.file("A feed file: its page, its marker, and its login steps if it has any.")
    ] = None,
    marker: Annotated[
        str | None,
        typer.Option(
            metavar="SELECTOR", help="Selector of an element that is on the page only while you are logged in."
        ),
    ] = None,
    by_hand: Annotated[
        bool, typer.Option("--by-hand", help="Open a window even if the feed file has login steps.")
    ] = False,
    no_sandbox: options.NoSandbox = False,
    force: options.Force = False,
) -> None:
    """Log in to a page once and save the login for the producer.

    A window opens, and you log in there. If the feed file has login steps (`[page.login]` with `steps`), the command
    runs these and opens no window. It saves cookies, local storage, IndexedDB and session storage in a file that only
    you can read. Name that file as `storage_state` in the feed file.

    Example: `tickql login https://example.test/board -o login.json`, or `tickql login --feed board.toml`.
    """
    from tickql.cli.login import free_path, login_settings
    from tickql.cli.login import login as log_in

    settings = login_settings(url, feed, marker)
    run_until_signal(log_in(settings, free_path(settings, output, force=force), console, by_hand=by_hand))
