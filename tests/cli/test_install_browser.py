"""`tickql install-browser`, with package managers that write down what they are asked to do."""

import stat
import sys
from pathlib import Path

import pytest

from tests.support.process import Program, command
from tickql.cli import install_browser
from tickql.cli.user_browser import has_screen
from tickql.feed.embedded.ports import free_port

_NO_DOWNLOAD = {"PLAYWRIGHT_DOWNLOAD_HOST": "http://127.0.0.1:1", "PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT": "1000"}


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder that is all of the PATH."""
    folder = tmp_path / "programs"
    folder.mkdir()
    return folder


def write_program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


async def run(programs: Path, *options: str, name: str = "install-browser") -> tuple[int, str]:
    """Return the exit code and the output of a command of tickql, without a terminal."""
    home = {"HOME": str(programs), "PLAYWRIGHT_BROWSERS_PATH": str(programs / "playwright")}
    environment = {**home, "PATH": str(programs), "TICKQL_BROWSER": "", **_NO_DOWNLOAD}
    words = (sys.executable, "-m", "tickql", name, *options)
    async with command(*words, environment=environment, folder=Path(__file__).parents[2]) as running:
        return await running.ends(), text_of(running)


def text_of(running: Program) -> str:
    return "\n".join(running.output)


@pytest.mark.long
async def test_a_browser_that_is_there_is_named(programs: Path) -> None:
    write_program(programs / "chromium", "")
    assert await run(programs) == (0, f"There is a browser: {programs}/chromium")


@pytest.mark.long
async def test_the_systems_package_is_installed_when_the_user_agrees(programs: Path) -> None:
    # It needs no root, so no `sudo` either.
    write_program(programs / "brew", f'echo "brew $*"; /bin/ln -s /bin/true {programs}/chromium')
    code, said = await run(programs, "--system", "--yes")
    assert (code, "brew install --cask google-chrome" in said) == (0, True)
    assert f"Installed: {programs}/chromium" in said


async def test_nothing_is_installed_that_nobody_has_agreed_to(programs: Path) -> None:
    write_program(programs / "dnf", f"/bin/ln -s /bin/true {programs}/chromium")
    code, said = await run(programs, "--system")
    assert code == 1
    assert "dnf install -y chromium" in said
    assert "run that command, or agree to it with --yes" in said
    assert not (programs / "chromium").exists()


@pytest.mark.long
async def test_a_download_that_fails_is_said_and_the_systems_package_is_shown(programs: Path) -> None:
    write_program(programs / "pacman", "exit 1")
    code, said = await run(programs)
    assert code == 1
    assert "Playwright has not brought a browser." in said
    assert "pacman -S --noconfirm chromium" in said
    code, said = await run(programs, "--yes", "--system")
    assert "`pacman -S --noconfirm chromium` failed" in said or "sudo" in said


@pytest.mark.long
async def test_without_a_package_the_message_says_what_to_do(programs: Path) -> None:
    code, said = await run(programs, "--system", "--yes")
    assert code == 1
    assert "tickql: no browser: " in said
    assert "TICKQL_BROWSER" in said


@pytest.mark.long
async def test_up_without_a_browser_starts_nothing_and_names_the_command(programs: Path, tmp_path: Path) -> None:
    ports = ("--port", str(free_port()), "--demo-port", str(free_port()))
    code, said = await run(programs, *ports, "--data", str(tmp_path / "data"), name="up")
    assert code == 1
    assert said == "tickql: no browser found: `tickql install-browser` gets one; or name one in TICKQL_BROWSER"


def test_other_users_than_root_are_shown_sudo(monkeypatch: pytest.MonkeyPatch) -> None:
    package = install_browser.SystemPackage((("apt-get", "update"), ("apt-get", "install", "-y", "chromium")))
    monkeypatch.setattr(install_browser, "is_root", lambda: False)
    assert package.as_typed == "sudo apt-get update && sudo apt-get install -y chromium"
    monkeypatch.setattr(install_browser, "is_root", lambda: True)
    assert package.as_typed == "apt-get update && apt-get install -y chromium"


@pytest.mark.parametrize(
    ("environ", "platform", "expected"),
    [
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({}, "linux", False),
        ({}, "darwin", True),
        ({"SSH_CONNECTION": "::1 1 ::1 22"}, "darwin", False),
        ({"DISPLAY": ":0", "SSH_TTY": "/dev/pts/0"}, "linux", False),
        ({"DISPLAY": ":0", "CI": "true"}, "linux", False),
    ],
)
def test_a_page_is_opened_only_where_somebody_sits(environ: dict[str, str], platform: str, expected: bool) -> None:
    assert has_screen(environ, platform) is expected
