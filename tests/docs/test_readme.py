"""What the README says is true."""

import ast
import importlib
import re
import tomllib
from pathlib import Path

import pytest
import typer
from graphql import parse, validate
from typer.core import TyperGroup

import tickql_client
from tickql.api.schema import schema
from tickql.cli.main import app
from tickql.cli.settings import Settings
from tickql.feed.codec import decode_tick
from tickql.producer.feedfile.feed_file import FeedFile

README = (Path(__file__).parents[2] / "README.md").read_text()
OPERATIONS = (Path(__file__).parents[2] / "docs/operations.md").read_text()


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_it_is_short_and_the_first_command_comes_early() -> None:
    lines = README.splitlines()
    assert len(lines) < 150
    first = [line.partition("  ")[0] for line in lines[:15]]
    installs = {"uvx --from dist/tickql-*.whl tickql up", "pipx install dist/tickql-*.whl"}
    assert {"make up", "make wheels", *installs} <= {line.partition("   ")[0] for line in first}


def test_the_pictures_shown_are_there() -> None:
    root = Path(__file__).parents[2]
    shown = re.findall(r'(?:src|srcset)="([^"]+)"', README)
    assert len(shown) >= 4
    for picture in shown:
        assert (root / picture).is_file(), picture


@pytest.mark.parametrize("name", Settings.model_fields)
def test_the_settings_table_lists_every_setting_with_its_default(name: str) -> None:
    field = Settings.model_fields[name]
    default = ",".join(field.default) if isinstance(field.default, tuple) else str(field.default)
    # A setting without a value, or with a random one, has none to show.
    is_shown = default and field.default is not None and field.default_factory is None
    shown = f"`{default.replace('False', '0')}`" if is_shown else ""
    # The README has those that most users look for, the operator's page the limits.
    assert f"| `TICKQL_{name.upper()}` | {shown} | {field.description} |" in README + OPERATIONS


def test_the_feed_file_shown_is_a_feed_file(tmp_path: Path) -> None:
    (block,) = _blocks("toml")
    assert tomllib.loads(block)
    path = tmp_path / "my.toml"
    path.write_text(block)
    assert len(FeedFile.load(path).rules) == 2


def test_every_graphql_operation_shown_is_valid() -> None:
    (block,) = _blocks("graphql")
    for line in block.splitlines():
        assert not validate(schema._schema, parse(line)), line


@pytest.mark.parametrize("page", ["README.md", "clients/python/README.md"])
def test_the_python_shown_runs_with_what_the_client_has(page: str) -> None:
    blocks = re.findall(r"```python\n(.*?)```", (Path(__file__).parents[2] / page).read_text(), re.DOTALL)
    assert blocks
    for block in blocks:
        program = compile(block, page, "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        imports = [node for node in ast.walk(program) if isinstance(node, ast.ImportFrom)]
        fields = {node.attr for node in ast.walk(program) if isinstance(node, ast.Attribute)}
        assert fields - {"sync"} <= set(dir(tickql_client.Tick)), block
        for statement in imports:
            module = importlib.import_module(statement.module or "")
            assert {alias.name for alias in statement.names} <= set(dir(module)), block


def test_the_redis_message_shown_is_a_message_of_the_feed() -> None:
    (block,) = _blocks("json")
    assert decode_tick(block.encode()).last == "22257.00"


def test_every_tickql_command_shown_exists() -> None:
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    assert set(re.findall(r"`(?:\.venv/bin/)?tickql ([a-z-]+)", README)) <= set(group.commands)


def test_every_make_verb_and_file_shown_exists() -> None:
    root = Path(__file__).parents[2]
    makefile = (root / "Makefile").read_text()
    for verb in re.findall(r"^make ([\w-]+)|`make ([\w-]+)", README, re.MULTILINE):
        assert re.search(rf"^{''.join(verb)}:", makefile, re.MULTILINE), verb
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", README):
        assert (root / target).is_file(), target
