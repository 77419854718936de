"""Which browser program is used."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.waiting import DEADLINE_S
from tickql.producer.browser.browser_program import find_browser
from tickql.producer.errors import BrowserNotFound


def program(folder: Path, name: str, script: str = "") -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_the_browser_that_is_named_is_used_before_all_others(tmp_path: Path) -> None:
    downloaded, named = program(tmp_path, "downloaded"), program(tmp_path, "named")
    program(tmp_path, "chromium")
    assert find_browser(downloaded, {"TICKQL_BROWSER": str(named), "PATH": str(tmp_path)}) == named


def test_playwrights_own_browser_is_used_before_one_on_the_path(tmp_path: Path) -> None:
    downloaded = program(tmp_path, "downloaded")
    program(tmp_path, "chromium")
    assert find_browser(downloaded, {"PATH": str(tmp_path)}) == downloaded


def test_a_browser_on_the_path_is_found(tmp_path: Path) -> None:
    chrome = program(tmp_path, "google-chrome")
    assert find_browser(tmp_path / "not-installed", {"PATH": str(tmp_path)}) == chrome


def test_a_script_that_starts_a_snap_is_not_used(tmp_path: Path) -> None:
    program(tmp_path, "chromium-browser", 'exec /snap/bin/chromium "$@"')
    chrome = program(tmp_path, "google-chrome")
    assert find_browser(None, {"PATH": str(tmp_path)}) == chrome


def test_a_link_to_the_snap_command_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "usr" / "bin").mkdir(parents=True)
    snap = program(tmp_path / "usr" / "bin", "snap")
    (tmp_path / "chromium").symlink_to(snap)
    with pytest.raises(BrowserNotFound, match="no browser found"):
        find_browser(None, {"PATH": str(tmp_path)})


def test_without_any_browser_the_error_tells_how_to_get_one() -> None:
    with pytest.raises(BrowserNotFound, match=r"no browser found: `tickql install-browser` gets one"):
        find_browser(None, {"PATH": ""})


def test_a_named_browser_that_is_not_there_is_not_replaced_by_another(tmp_path: Path) -> None:
    program(tmp_path, "chromium")
    with pytest.raises(BrowserNotFound, match=r"TICKQL_BROWSER=/nowhere is not a program"):
        find_browser(None, {"TICKQL_BROWSER": "/nowhere", "PATH": str(tmp_path)})


@pytest.mark.parametrize(("named", "code"), [(sys.executable, 0), ("/nowhere", 1)])
def test_set_up_asks_this_module_whether_there_is_a_browser(named: str, code: int) -> None:
    asked = subprocess.run(
        [sys.executable, "-m", "tickql.producer.browser.browser_program"],
        env={**os.environ, "TICKQL_BROWSER": named},
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
    assert asked.returncode == code
    assert asked.stdout == ("" if code else f"{named}\n")
