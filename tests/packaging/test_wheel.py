"""What somebody gets who installs tickql instead of cloning it."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = {
    **{name: name for name in ("feed", "producer", "relay", "api", "demo")},
    "client": "clients/python/tickql_client",
}
"""The folder of each package that `tickql` links to."""
RUN_TIME = {".py", ".js", ".lua", ".html", ".css", ".toml", ".typed"}
GRAPHIQL = "tickql/api/graphiql/"
BOARD = "tickql/api/web_board/"
NOT_SHIPPED = (
    *(GRAPHIQL + name for name in ("src/", "node_modules/", "dist/", "build.js", "eslint.config.js")),
    f"{BOARD}dist/",
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a wheel and a source archive built from this checkout."""
    folder = tmp_path_factory.mktemp("built")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-d", folder], cwd=ROOT, check=True)
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> zipfile.ZipFile:
    (path,) = built.glob("*.whl")
    return zipfile.ZipFile(path)


@pytest.fixture(scope="module")
def contents(wheel: zipfile.ZipFile) -> set[str]:
    """The names of the files in the wheel."""
    return set(wheel.namelist())


def test_the_wheel_holds_one_import_package(contents: set[str]) -> None:
    assert {name.split("/")[0].split("-")[0] for name in contents} == {"tickql"}


def test_the_wheel_holds_every_module_and_what_they_read(contents: set[str]) -> None:
    links = {path.name: path.resolve() for path in (ROOT / "tickql").iterdir() if path.is_symlink()}
    assert links == {name: ROOT / folder for name, folder in PACKAGES.items()}
    own = {path.name: path for path in (ROOT / "tickql").iterdir() if path.is_dir() and not path.is_symlink()}
    names = {
        f"tickql/{name}/{path.relative_to(folder).as_posix()}"
        for name, folder in (links | own).items()
        for path in folder.rglob("*")
        if path.suffix in RUN_TIME
    }
    assert {name for name in names if not name.startswith(NOT_SHIPPED)} - contents == set()
    assert {"tickql/producer/capture/observer/observer.js", "tickql/demo/board.js", "tickql/py.typed"} <= contents


def test_the_wheel_holds_graphiql_as_built_and_not_its_sources(contents: set[str]) -> None:
    page = {name for name in contents if name.startswith(GRAPHIQL)}
    assert f"{GRAPHIQL}dist/index.html" in page
    assert {name.removeprefix(GRAPHIQL).split("/")[0] for name in page} == {"__init__.py", "page.py", "dist"}


def test_the_wheel_holds_the_board_as_built_and_not_its_sources(contents: set[str]) -> None:
    assert f"{BOARD}dist/index.html" in contents
    assert any(name.startswith(f"{BOARD}dist/assets/") and name.endswith(".js") for name in contents)


def test_the_wheel_of_the_client_holds_its_package_and_nothing_else(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT / "clients/python", check=True)
    (path,) = tmp_path.glob("tickql_client-*.whl")
    modules = {f"tickql_client/{each.name}" for each in (ROOT / PACKAGES["client"]).iterdir() if each.is_file()}
    held = {name for name in zipfile.ZipFile(path).namelist() if ".dist-info/" not in name}
    assert held == modules


def test_a_wheel_can_be_built_from_the_source_archive(built: Path, contents: set[str], tmp_path: Path) -> None:
    (path,) = built.glob("*.tar.gz")
    # Not `tarfile`: its `filter`, which newer Pythons warn about if it is missing, came with Python 3.11.4.
    subprocess.run(["tar", "-xzf", path, "-C", tmp_path], check=True)
    (source,) = tmp_path.iterdir()
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path], cwd=source, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    assert set(zipfile.ZipFile(wheel).namelist()) == contents


def test_an_installed_tickql_runs_in_a_folder_that_has_packages_of_the_same_names(
    wheel: zipfile.ZipFile, tmp_path: Path
) -> None:
    installed, project = tmp_path / "installed", tmp_path / "project"
    wheel.extractall(installed)
    for package in PACKAGES:
        (project / package).mkdir(parents=True)
        (project / package / "__init__.py").write_text("raise ImportError('somebody else is imported')")
    # Without -P and with the installed copy first, as after `pip install`: the checkout is not looked at.
    environment = {"PYTHONPATH": str(installed), "PATH": "/usr/bin:/bin"}
    for command in (["schema"], ["produce", "--help"], ["up", "--help"]):
        done = subprocess.run(
            [sys.executable, "-m", "tickql", *command], cwd=project, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
    shown = subprocess.run(
        [sys.executable, "-c", "import tickql.api.server; print(tickql.api.server.__file__)"],
        cwd=project, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert shown.stdout.startswith(str(installed))
