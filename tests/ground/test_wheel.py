"""What somebody gets who installs tickql instead of cloning it."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("feed", "producer", "api", "clients", "tickql", "demo")
RUN_TIME = {".py", ".lua", ".html", ".css", ".toml"}


@pytest.fixture(scope="module")
def contents(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of the files in a wheel built from this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder], cwd=ROOT, check=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_every_module_and_what_they_read(contents: set[str]) -> None:
    files = (path for package in PACKAGES for path in (ROOT / package).rglob("*") if path.suffix in RUN_TIME)
    names = {path.relative_to(ROOT).as_posix() for path in files}
    sources = {name for name in names if name.startswith(("api/graphiql/src/", "api/graphiql/node_modules/"))}
    assert names - sources - contents == set()
    assert {"producer/observer/observer.js", "demo/board.js"} <= contents


def test_the_wheel_holds_graphiql_as_built_and_not_its_sources(contents: set[str]) -> None:
    page = {name for name in contents if name.startswith("api/graphiql/")}
    assert "api/graphiql/dist/index.html" in page
    assert {name.split("/")[2] for name in page} == {"__init__.py", "page.py", "dist"}
