"""Arguments and options that several commands share.

The parser accepts any path: the code that reads a file reports whether the file exists and is valid.
"""

import os
from pathlib import Path
from typing import Annotated

import typer

from tickql.producer.recording.recording_format import RecordingFormat

FeedFile = Annotated[
    Path,
    typer.Argument(metavar="FEED", parser=Path, help="The feed file (TOML): which page, and where its prices are."),
]
FeedFiles = Annotated[
    list[Path],
    typer.Argument(metavar="FEED", parser=Path, help="Feed files (TOML): which pages, and where their prices are."),
]
Symbols = Annotated[
    list[str] | None, typer.Argument(metavar="SYMBOL", help="Symbols such as ES NQ. All symbols if none is given.")
]
# Not that of the client: every process of tickql would load its GraphQL library.
DEFAULT_URL = "http://127.0.0.1:8000/graphql"
"""The API of `tickql up` without options."""
Url = Annotated[str, typer.Option("--url", metavar="URL", help="Address of the API.")]
Token = Annotated[
    str | None,
    typer.Option(
        "--token",
        metavar="TOKEN",
        envvar="TICKQL_TOKEN",
        show_envvar=False,
        help="For an API that needs one: a token.",
        show_default="TICKQL_TOKEN",
    ),
]
Format = Annotated[
    RecordingFormat | None,
    typer.Option("--format", metavar="jsonl|csv", help="Format of the file.", show_default="by the suffix of FILE"),
]
Force = Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON, for programs.")]


def _agree(given: bool) -> bool:
    # By the environment: `up` hands it on to the producer, which it starts.
    if given:
        os.environ["TICKQL_NO_SANDBOX"] = "1"
    return given


NoSandbox = Annotated[
    bool,
    typer.Option(
        "--no-sandbox", callback=_agree, help="Agree that the browser runs without its sandbox, as it must be as root."
    ),
]


def output(help_text: str, default: str | None = None) -> typer.models.OptionInfo:
    """Return the option `-o FILE`: the file that a command writes."""
    option: typer.models.OptionInfo = typer.Option(
        "--output", "-o", metavar="FILE", parser=Path, help=help_text, show_default=default or True
    )
    return option


def file(help_text: str, default: str | bool = False, metavar: str = "FILE") -> typer.models.OptionInfo:
    """Return an option that names a file or a folder."""
    option: typer.models.OptionInfo = typer.Option(metavar=metavar, parser=Path, help=help_text, show_default=default)
    return option
