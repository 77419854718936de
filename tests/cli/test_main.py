"""The command line as a whole: what every command's help says, and what is wrong with a file is one line."""

import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

from tickql.cli.main import app, main
from tickql.feed.embedded.ports import free_port

_group = typer.main.get_command(app)
assert isinstance(_group, TyperGroup)
COMMANDS = _group.commands


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_every_command_shows_an_example_of_it(name: str) -> None:
    assert f"`tickql {name}" in (COMMANDS[name].help or "")
    for parameter in COMMANDS[name].params:
        assert getattr(parameter, "help", None), parameter.name


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_page_shows_no_name_of_a_python_type(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["tickql", name, "--help"])
    with pytest.raises(SystemExit):
        main()
    assert "<" not in re.sub(r"\[[^]]*<=x[^]]*\]", "", capsys.readouterr().out)


_LIBRARIES = {"asyncio", "gql", "graphql", "playwright", "pydantic", "redis", "starlette", "strawberry", "uvicorn"}
_LOADED_BY_MAIN = """
import sys
from tickql.cli.main import main
try:
    main()
finally:
    print(*sys.modules, file=sys.stderr)
"""


@pytest.mark.parametrize(("option", "shown"), [("--help", "Turn a web page"), ("--version", version("tickql"))])
def test_the_first_look_at_the_command_loads_none_of_the_large_libraries(option: str, shown: str) -> None:
    command = [sys.executable, "-c", _LOADED_BY_MAIN, option]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert shown in ended.stdout
    assert _LIBRARIES.isdisjoint(ended.stderr.split())


@pytest.mark.parametrize(
    "command", [["up"], ["produce"], ["check"], ["record", "-o", "a.csv"], ["login", "--feed"], ["replay"]]
)
def test_a_file_that_cannot_be_read_is_one_line_and_no_box(
    tmp_path: Path, command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "board.csv"
    folder.mkdir()
    monkeypatch.chdir(tmp_path)
    # As for anyone but root, whom everything is allowed.
    monkeypatch.setattr("os.access", lambda *_: False)
    monkeypatch.setattr("sys.argv", ["tickql", *command, str(folder)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == (2 if command == ["check"] else 1)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == f"tickql: {folder}: is a directory\n"


def test_a_data_folder_that_cannot_be_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = tmp_path / "data"
    taken.touch()
    ports = ["--port", str(free_port()), "--demo-port", str(free_port())]
    monkeypatch.setattr("sys.argv", ["tickql", "up", *ports, "--data", str(taken)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    wrong = f"{taken}/log cannot be written: not a directory: name another folder with --data"
    assert capsys.readouterr().err == f"tickql: {wrong}\n"


@pytest.mark.parametrize("command", [["record", "--from-feed", "-o", "es.jsonl"], ["replay", "es.csv"]])
def test_a_redis_that_does_not_answer_is_one_line_that_says_what_to_set(
    tmp_path: Path, command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("es.csv").write_text("timestamp,symbol,ASK,BID,LAST\n2025-02-19 08:02:05.053,ES,1,1,1\n")
    monkeypatch.setenv("TICKQL_REDIS_URL", f"redis://127.0.0.1:{free_port()}/0")
    monkeypatch.setattr("sys.argv", ["tickql", *command])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("tickql: redis does not answer: ")
    assert line.endswith(": set TICKQL_REDIS_URL to where it is; `tickql up` prints where its own is")
