"""What killed processes leave behind of their browsers is removed at the next start."""

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

from tests.support.waiting import DEADLINE_S
from tickql.producer.browser.launch import launch_browser, running_driver
from tickql.producer.browser.temporary_folder import sweep, temporary_folder
from tickql.producer.feedfile.page_settings import PageSettings

MAKE = """
from tickql.producer.browser.temporary_folder import temporary_folder
(temporary_folder() / "profile").mkdir()
print(temporary_folder(), flush=True)
input()
"""


def _age(folder: Path) -> None:
    os.utime(folder, (time.time() - 3600, time.time() - 3600))


def _start(tmp_path: Path) -> "tuple[subprocess.Popen[str], Path]":
    process = subprocess.Popen(
        [sys.executable, "-c", MAKE], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )  # fmt: skip
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def test_the_folder_of_a_killed_process_is_removed_and_that_of_a_living_one_stays(tmp_path: Path) -> None:
    (killed, abandoned), (living, used) = _start(tmp_path), _start(tmp_path)
    with killed, living:
        try:
            killed.kill()
            killed.wait(DEADLINE_S)
            foreign = tmp_path / "tickql-browser-link"
            foreign.symlink_to(tmp_path)
            for folder in (abandoned, used):
                _age(folder)
            sweep(tmp_path)
            assert not abandoned.exists()
            assert (used / "profile").exists()
            assert foreign.is_symlink()
            assert used.stat().st_mode & 0o077 == 0
            living.communicate("\n", DEADLINE_S)
            assert not used.exists(), "an orderly end removes it"
        finally:
            living.kill()


async def test_profiles_of_browsers_are_in_the_folder() -> None:
    before = os.environ.get("TMPDIR")
    async with asyncio.timeout(DEADLINE_S), running_driver() as driver:
        browser = await launch_browser(driver, PageSettings(url="http://localhost/"))
        assert any("profile" in path.name for path in temporary_folder().iterdir())
        await browser.close()
    assert os.environ.get("TMPDIR") == before
