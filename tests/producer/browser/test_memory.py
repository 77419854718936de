"""How much memory a browser uses."""

import os
import subprocess
import sys

import psutil
import pytest

from tickql.producer.browser.memory import memory_mb

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux reports PSS")


def test_the_driver_and_all_its_descendants_count() -> None:
    # A stand-in for driver and browser: a shell that starts one process that holds 50 MB.
    holds = "x = bytearray(b'1' * 50_000_000); print('ready', flush=True); input()"
    with subprocess.Popen(
        ["/bin/sh", "-c", '"$0" -c "$1"; true', sys.executable, holds],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as driver:
        assert driver.stdout is not None
        assert driver.stdout.readline() == "ready\n"
        (browser,) = psutil.Process(driver.pid).children()
        used = memory_mb(browser.pid)
        driver.communicate("\n")
    assert used is not None
    assert 50 < used < 150


def test_a_process_that_has_ended_uses_nothing() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    assert memory_mb(ended.pid) == 0


def test_a_system_without_pss_is_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil.Process, "memory_full_info", psutil.Process.memory_info)
    assert memory_mb(os.getpid()) is None
