"""The memory use of a browser with all its processes."""

from contextlib import suppress

import psutil


def memory_mb(pid: int) -> float | None:
    """Return how much memory a browser uses, in MB (10^6 bytes).

    `pid` is the browser's main process. Its parent is Playwright's driver: the driver and all its descendants count.
    The measure is PSS (proportional set size), so that memory that several of them share is counted once. `None`:
    this system does not report PSS (only Linux does).
    """
    if not hasattr(psutil.Process().memory_full_info(), "pss"):
        return None
    return sum(map(_pss_bytes, _driver_and_descendants(pid))) / 1e6


def _driver_and_descendants(pid: int) -> list[psutil.Process]:
    with suppress(psutil.Error):
        browser = psutil.Process(pid)
        driver = browser.parent() or browser
        return [driver, *driver.children(recursive=True)]
    return []


def _pss_bytes(process: psutil.Process) -> int:
    # A process may end between the listing and this call: it then counts as 0.
    with suppress(psutil.Error):
        return int(process.memory_full_info().pss)
    return 0
