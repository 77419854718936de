"""The folder of this process for what its browsers write: profiles, downloads, home folders.

Playwright removes a browser's profile when it closes the browser. A process that is killed leaves it behind, some 10 MB
with the cookies of a login. So each process has a folder of its own, locked while the process lives, and removes at its
start those of processes that live no more.
"""

import atexit
import fcntl
import os
import shutil
import tempfile
import time
from contextlib import suppress
from functools import cache
from pathlib import Path

_PREFIX = "tickql-browser-"
_MIN_AGE_S = 60.0
"""A younger folder may belong to a process that has made it, and not locked it yet."""


@cache
def temporary_folder() -> Path:
    """Return the folder, which only its owner can read. It is removed when this process ends."""
    sweep()
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    # Never closed: the lock ends with the process, however that ends.
    fcntl.flock(os.open(folder, os.O_RDONLY | os.O_CLOEXEC), fcntl.LOCK_EX | fcntl.LOCK_NB)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def sweep(parent: Path | None = None) -> None:
    """Remove the folders of processes that live no more. `parent`: where to look; `None`: in the system's folder."""
    for folder in (parent or Path(tempfile.gettempdir())).glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if _is_abandoned(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _is_abandoned(folder: Path) -> bool:
    found = folder.lstat()
    # A folder of another user, or a link that another user has put there, is left alone.
    if found.st_uid != os.geteuid() or not folder.is_dir() or folder.is_symlink():
        return False
    if time.time() - found.st_mtime < _MIN_AGE_S:
        return False
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(handle)
    return True
