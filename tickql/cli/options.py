"""Arguments and options that commands share. Whether a file is there and good is for what reads it to say."""

from pathlib import Path
from typing import Annotated

import typer

from tickql.producer.recording.recording_file import RecordingFormat

FeedFile = Annotated[
    Path, typer.Argument(metavar="FEED", parser=Path, help="The feed file (TOML): which page, which prices.")
]
FeedFiles = Annotated[
    list[Path], typer.Argument(metavar="FEED", parser=Path, help="Feed files (TOML): which pages, which prices.")
]
Symbols = Annotated[list[str] | None, typer.Argument(metavar="SYMBOL", help="Such as ES NQ; all when left out.")]
Url = Annotated[str, typer.Option("--url", help="Address of the API.")]
Format = Annotated[
    RecordingFormat | None, typer.Option("--format", help="Whatever the suffix says.", show_default="by the suffix")
]
Force = Annotated[bool, typer.Option("--force", help="Replace the file if it is there.")]
Json = Annotated[bool, typer.Option("--json", help="All that is found as JSON, for programs.")]


def output(help_text: str, default: str | None = None) -> typer.models.OptionInfo:
    """`-o FILE`: where a command writes to."""
    option: typer.models.OptionInfo = typer.Option(
        "--output", "-o", metavar="FILE", parser=Path, help=help_text, show_default=default or True
    )
    return option


def file(help_text: str, default: str | bool = False, metavar: str = "FILE") -> typer.models.OptionInfo:
    """An option that names a file or folder."""
    option: typer.models.OptionInfo = typer.Option(metavar=metavar, parser=Path, help=help_text, show_default=default)
    return option
