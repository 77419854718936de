"""Every package that tickql imports is a declared dependency, not one that another dependency happens to install."""

import ast
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
SHIPPED = ("api", "clients/python", "demo", "feed", "producer", "relay", "tickql")
OWN = {"__future__", "tickql", "tickql_client"}


def declared(project: str) -> dict[str, Requirement]:
    """Return the dependencies of a folder with a `pyproject.toml`, those of its extras among them, by name."""
    settings = tomllib.loads((ROOT / project / "pyproject.toml").read_text())
    table = settings["project"]
    extras = table.get("optional-dependencies", {})
    used = (extras.get(name, []) for name in ("otel", "kafka", "rabbitmq"))
    requirements = map(Requirement, (*table["dependencies"], *chain.from_iterable(used)))
    return {canonicalize_name(each.name): each for each in requirements}


def imported_modules(folder: Path) -> Iterator[str]:
    """The top-level names of all absolute imports, also of those inside functions."""
    for path in folder.rglob("*.py"):
        # Examples are not shipped.
        if not {"node_modules", "examples"}.isdisjoint(path.parts):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from (alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module is not None:
                yield node.module.partition(".")[0]


@pytest.mark.parametrize("package", SHIPPED)
def test_every_import_of_another_project_is_a_declared_dependency(package: str) -> None:
    installed = packages_distributions()
    others = set(imported_modules(ROOT / package)) - sys.stdlib_module_names - OWN
    project = package if (ROOT / package / "pyproject.toml").is_file() else "."
    undeclared = {
        module
        for module in others
        if not {canonicalize_name(name) for name in installed.get(module, [])} & declared(project).keys()
    }
    assert undeclared == set(), "declare it in pyproject.toml with a range, then run `make lock`"


def test_the_server_has_all_that_the_client_in_its_wheel_needs() -> None:
    server = declared(".")
    for name, needed in declared("clients/python").items():
        assert str(server[name]) == str(needed)
