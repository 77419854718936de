"""The number of files that the process may have open. Each connection is one."""

import sys

_ENOUGH_FILES = 65_536
"""More than any allowed number of connections. Some programs become slow with a limit of many millions."""


def raise_open_files() -> int | None:
    """Raise the soft limit of open files as far as the hard limit allows. Returns the limit; `None`: not known."""
    if sys.platform == "win32":
        return None
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _ENOUGH_FILES if hard == resource.RLIM_INFINITY else min(hard, _ENOUGH_FILES)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return None if soft == resource.RLIM_INFINITY else soft
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted
