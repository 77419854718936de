"""`tickql token`: issue, list and revoke the tokens of clients."""

import re
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from tickql.cli import options
from tickql.cli.errors import TickqlError
from tickql.cli.help_page import PlainCommand, PlainGroup
from tickql.cli.terminal import console, json_text, settings_from

if TYPE_CHECKING:
    from tickql.api.access.token_file import StoredToken, TokenFile

_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_LIFETIME = re.compile(r"([1-9][0-9]{0,5})([smhd])", re.ASCII)

File = Annotated[
    Path | None,
    typer.Option(
        "--file",
        metavar="FILE",
        parser=Path,
        help="The token file.",
        show_default="TICKQL_TOKEN_FILE, or .tickql/tokens.json",
    ),
]

app = typer.Typer(
    name="token",
    cls=PlainGroup,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="Issue, list and revoke the tokens of clients.\n\n"
    "A server that runs with TICKQL_TOKEN_FILE takes up each change within two seconds.\n\n"
    "Example: `tickql token new --symbols 'ES,NQ,FX:*' --expires 30d`.",
)


@app.command(cls=PlainCommand)
def new(
    symbols: Annotated[
        str, typer.Option(metavar="SYMBOLS", help="What the token covers: symbols and patterns, such as 'ES,NQ,FX:*'.")
    ],
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="A name, for the list and the log.", show_default="its id")
    ] = None,
    expires: Annotated[
        str, typer.Option(metavar="TIME", help="How long it is valid: a number of s, m, h or d, or never.")
    ] = "90d",
    operator: Annotated[
        bool, typer.Option("--operator", help="For whoever runs tickql: the token also opens the metrics.")
    ] = False,
    file: File = None,
) -> None:
    """Issue a token and print it. It is stored nowhere: only its hash is.

    Example: `tickql token new --symbols 'ES,NQ,FX:*' --expires 30d --name dashboard`.
    """
    from tickql.api.access.grant import Role
    from tickql.api.access.symbol_patterns import SymbolPatterns

    try:
        patterns = SymbolPatterns.parse(symbols)
    except ValueError as error:
        raise TickqlError(f"--symbols: {error}") from None
    if name is not None and not (0 < len(name) <= 64 and name.isprintable()):
        raise TickqlError("--name: a name has 1 to 64 printable characters")
    lifetime_s = _lifetime_s(expires)
    expires_s = None if lifetime_s is None else int(time.time()) + lifetime_s
    tokens = _token_file(file)
    token, entry = tokens.issue(name, patterns, Role.OPERATOR if operator else Role.READER, expires_s)
    _tell(f"token {entry.name!r} for {'every symbol' if patterns.covers_all else patterns}, {_validity(entry)}")
    _tell(f"serve with TICKQL_TOKEN_FILE={tokens.path}; clients send the header `Authorization: Bearer <token>`")
    # Alone on standard output, so that a script can take it.
    sys.stdout.write(token + "\n")


@app.command("list", cls=PlainCommand)
def list_tokens(file: File = None, as_json: options.Json = False) -> None:
    """List the tokens: name, id, symbols, role and end. The tokens themselves are stored nowhere.

    Example: `tickql token list --json`.
    """
    tokens = list(_token_file(file).read().values())
    if as_json:
        fields = {"id", "name", "symbols", "role", "created_s", "expires_s"}
        sys.stdout.write(json_text([token.model_dump(mode="json", include=fields) for token in tokens]) + "\n")
        return
    table = Table("name", "id", "symbols", "role", "valid")
    for token in tokens:
        table.add_row(token.name, token.id, ",".join(token.symbols), token.role.value, _validity(token))
    console.print(table if tokens else "no tokens", markup=False)


@app.command(cls=PlainCommand)
def revoke(
    token: Annotated[str, typer.Argument(metavar="TOKEN", help="The name or the id of the token.")], file: File = None
) -> None:
    """Revoke a token. Connections and streams that it has opened are closed within two seconds.

    Example: `tickql token revoke dashboard`.
    """
    tokens = _token_file(file)
    entry = tokens.revoke(token)
    if entry is None:
        raise TickqlError(f"{tokens.path} has no token {token!r}: `tickql token list` shows them")
    _tell(f"token {entry.name!r} is revoked")


def _token_file(path: Path | None) -> "TokenFile":
    from tickql.api.access.token_file import TokenFile
    from tickql.cli.settings import Settings

    settings = settings_from(Settings, token_file=path)
    return TokenFile(settings.token_file or settings.data / "tokens.json")


def _lifetime_s(text: str) -> int | None:
    if text == "never":
        return None
    match = _LIFETIME.fullmatch(text)
    if match is None:
        raise TickqlError(f"--expires: {text!r} is neither a time such as 30d, 12h or 90m, nor never")
    return int(match[1]) * _UNITS_S[match[2]]


def _validity(token: "StoredToken") -> str:
    if token.expires_s is None:
        return "without end"
    end = datetime.fromtimestamp(token.expires_s, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return f"until {end}" if token.expires_s > time.time() else f"expired on {end}"


def _tell(text: str) -> None:
    sys.stderr.write(text + "\n")
