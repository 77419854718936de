"""`tickql`: the command line. What a command does is in a module of its own."""

import os
from typing import TYPE_CHECKING, Annotated

import typer

from tickql.cli import page_commands, price_commands, run_commands, token_commands
from tickql.cli.errors import TickqlError
from tickql.cli.help_page import PlainCommand, PlainGroup
from tickql.cli.terminal import fail, replace_unprintable
from tickql.feed.errors import FeedError, FeedRefused, FeedUnavailable
from tickql.feed.server_address import without_password

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

app = typer.Typer(
    name="tickql",
    cls=PlainGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="Turn a web page that shows live prices into a real-time GraphQL API.\n\n"
    "Start with `tickql up`. Settings are environment variables, `TICKQL_...`; the README lists them.",
)
# In the order of the help page: what most people need comes first.
for command in (
    run_commands.up,
    page_commands.discover,
    page_commands.check,
    run_commands.produce,
    run_commands.serve,
    run_commands.relay,
    price_commands.watch,
    price_commands.last,
    price_commands.record,
    price_commands.replay,
    page_commands.login,
    run_commands.doctor,
    run_commands.install_browser,
    run_commands.schema,
):
    app.command(cls=PlainCommand)(command)


app.add_typer(token_commands.app)


def _print_version(is_asked: bool) -> None:
    if is_asked:
        from importlib.metadata import version

        typer.echo(version("tickql"))
        raise typer.Exit


@app.callback()
def _common_options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None: ...


def main() -> None:
    """Run a command. A user's mistake is one line and a non-zero exit code, never a traceback."""
    # Loaded here, and other libraries where they are used: the help page starts without them.
    from tickql.api.errors import ApiError
    from tickql.producer.errors import ProducerError
    from tickql.relay.errors import RelayError

    # Recordings, screenshots, logs and saved logins are their owner's only.
    os.umask(0o077)
    replace_unprintable()
    try:
        app()
    except FeedRefused as error:
        fail(str(error))
    except FeedUnavailable as error:
        fail(f"{str(error).rstrip('.')}: set TICKQL_REDIS_URL to where it is; `tickql up` prints where its own is")
    except (TickqlError, FeedError, ProducerError, ApiError, RelayError) as error:
        fail(str(error))
    except ValueError as error:
        from pydantic import ValidationError

        if not isinstance(error, ValidationError):
            raise
        fail(_describe(error.title, error.errors()[0]))


def _describe(settings: str, fault: "ErrorDetails") -> str:
    """Return what is wrong with a setting of this class, in one line and without a password."""
    name = "_".join(map(str, fault["loc"]))
    if settings == "RelaySettings":
        name = f"relay_{name}"
    given = without_password(str(fault["input"])) if name.lower().endswith("redis_url") else fault["input"]
    return f"setting TICKQL_{name.upper()}: {fault['msg'].removeprefix('Value error, ')} (given: {given!r})"
