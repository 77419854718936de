"""`tickql token`: tokens are issued, listed and revoked; a mistake is one line."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tickql.api.access.token_file import TOKEN, TokenFile
from tickql.cli.main import main

Run = Callable[..., tuple[str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `tickql token`. Returns what it prints to standard output and to standard error."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, code: int = 0) -> tuple[str, str]:
        monkeypatch.setattr("sys.argv", ["tickql", "token", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == code
        return capsys.readouterr()

    return run


def test_a_token_is_printed_once_and_is_then_only_in_the_list(run: Run, tmp_path: Path) -> None:
    out, told = run("new", "--symbols", "ES,FX:*", "--expires", "30d", "--name", "dashboard")
    assert TOKEN.fullmatch(out.removesuffix("\n"))
    assert re.match(r"token 'dashboard' for ES,FX:\*, until \d{4}-\d\d-\d\d \d\d:\d\d UTC\n", told)
    assert "serve with TICKQL_TOKEN_FILE=.tickql/tokens.json" in told
    (entry,) = TokenFile(tmp_path / ".tickql/tokens.json").read().values()
    assert entry.expires_s is not None
    assert entry.expires_s - entry.created_s == 30 * 86400
    listed, _ = run("list")
    assert "dashboard" in listed
    assert out.strip() not in listed
    (as_json,) = json.loads(run("list", "--json")[0])
    assert as_json["symbols"] == ["ES", "FX:*"]
    assert "sha256" not in as_json
    assert run("revoke", "dashboard")[1] == "token 'dashboard' is revoked\n"
    assert run("list")[0] == "no tokens\n"


def test_a_token_for_everything_is_said_to_be_one(run: Run) -> None:
    _, told = run("new", "--symbols", "ES,**", "--expires", "never")
    assert "for every symbol, without end" in told


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["new", "--symbols", "E S"], "tickql: --symbols: 'E S' is no symbol and no pattern such as FX:*"),
        (
            ["new", "--symbols", "ES", "--expires", "3 weeks"],
            "tickql: --expires: '3 weeks' is neither a time such as 30d",
        ),
        (["new", "--symbols", "ES", "--name", "a\nb"], "tickql: --name: a name has 1 to 64 printable characters"),
        (["list"], "tickql: the token file .tickql/tokens.json does not exist: `tickql token new` makes it"),
        (["revoke", "x"], "tickql: .tickql/tokens.json has no token 'x': `tickql token list` shows them"),
    ],
    ids=["symbols", "expires", "name", "list", "revoke"],
)
def test_a_mistake_is_one_line(run: Run, arguments: list[str], why: str) -> None:
    out, told = run(*arguments, code=1)
    assert out == ""
    assert told.startswith(why)
    assert told.count("\n") == 1
