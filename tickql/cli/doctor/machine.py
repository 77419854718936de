"""Checks of the machine: Python, its packages, file descriptors, memory, the data folder and the port."""

import os
import shutil
import sys
from importlib import metadata
from pathlib import Path

import psutil
from packaging.requirements import Requirement

from tickql.cli.api_port import bind_error, running_tickql_state
from tickql.cli.doctor.finding import Finding, failed, ok, warning

_MIN_PYTHON = (3, 11)
# Each subscriber takes one descriptor.
_FEW_DESCRIPTORS, _TOO_FEW_DESCRIPTORS = 4_096, 256
# A browser with one page takes about 500 MB.
_LITTLE_MEMORY_BYTES, _TOO_LITTLE_MEMORY_BYTES = 1 << 30, 256 << 20
# Redis keeps up to 100,000 ticks per symbol on disk, of about 250 bytes each.
_LITTLE_DISK_BYTES, _TOO_LITTLE_DISK_BYTES = 1 << 30, 50 << 20


def python() -> Finding:
    """Check the version of the Python that runs this."""
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < _MIN_PYTHON:
        return failed("python", version, "install Python 3.11 or newer")
    return ok("python", f"{version}, {sys.executable}")


def packages(distribution: str = "tickql") -> Finding:
    """Check that each package that a distribution requires is installed in an accepted version."""
    requirements = [Requirement(text) for text in metadata.requires(distribution) or []]
    needed = [each for each in requirements if each.marker is None or each.marker.evaluate({"extra": ""})]
    faults = [fault for each in needed if (fault := _package_fault(each)) is not None]
    if faults:
        return failed("packages", "; ".join(faults), "install them again: `make setup`, or `pip install --upgrade .`")
    return ok("packages", f"all {len(needed)} as required")


def descriptors() -> Finding:
    """Check how many files and connections a process may open: each subscriber is one."""
    try:
        import resource
    except ImportError:
        return ok("file descriptors", "not limited on this system")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = soft == resource.RLIM_INFINITY
    found = "not limited" if unlimited else f"at most {soft:,} files and connections per process"
    remedy = f"raise the limit where tickql is started: `ulimit -n {min(65_536, hard) if hard > 0 else 65_536}`"
    if not unlimited and soft < _FEW_DESCRIPTORS:
        level = failed if soft < _TOO_FEW_DESCRIPTORS else warning
        return level("file descriptors", f"{found}: each subscriber takes one", remedy)
    return ok("file descriptors", found)


def memory(available_bytes: int | None = None, cgroup: Path = Path("/sys/fs/cgroup")) -> Finding:
    """Check the free memory of the machine and of the control group (container); `None`: ask the system."""
    available = psutil.virtual_memory().available if available_bytes is None else available_bytes
    in_group = _available_in_group_bytes(cgroup)
    free = available if in_group is None else min(available, in_group)
    found = f"{free / (1 << 30):.1f} GiB free"
    if free < _LITTLE_MEMORY_BYTES:
        level = failed if free < _TOO_LITTLE_MEMORY_BYTES else warning
        return level("memory", f"{found}: a browser takes about 0.5 GiB", "stop other programs, or add memory")
    return ok("memory", found)


def data_folder(folder: Path) -> Finding:
    """Check that the folder for history and logs can be written and has space."""
    existing = next(each for each in (folder.absolute(), *folder.absolute().parents) if each.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        return failed("data folder", f"{folder} cannot be written", "name another folder with TICKQL_DATA")
    free = shutil.disk_usage(existing).free
    found = f"{folder}, {free / (1 << 30):.1f} GiB free"
    if free < _LITTLE_DISK_BYTES:
        level = failed if free < _TOO_LITTLE_DISK_BYTES else warning
        return level("data folder", found, "free some space, or name another folder with TICKQL_DATA")
    return ok("data folder", found)


def port(host: str, number: int) -> Finding:
    """Check that the API can listen on its port, or that a tickql serves there already."""
    error = bind_error(host, number)
    if error is None:
        return ok("port", f"{host}:{number} is free")
    if (state := running_tickql_state(host, number)) is not None:
        return ok("port", f"{host}:{number}: a tickql serves there, its feed is {state}")
    found = f"{host}:{number}: {(error.strerror or str(error)).lower()}"
    return failed("port", found, "stop the program that listens there, or choose another port: TICKQL_PORT, or --port")


def _package_fault(requirement: Requirement) -> str | None:
    try:
        version = metadata.version(requirement.name)
    except metadata.PackageNotFoundError:
        return f"{requirement.name} is not installed"
    # A pre-release that somebody installed on purpose counts as its version.
    if requirement.specifier.contains(version, prereleases=True):
        return None
    return f"{requirement.name} {version} is not {requirement.specifier}"


def _available_in_group_bytes(cgroup: Path) -> int | None:
    """Return the memory that is left in the control group; `None`: the group has no limit."""
    try:
        limit, used = (cgroup / "memory.max").read_text().strip(), int((cgroup / "memory.current").read_text())
    except (OSError, ValueError):
        return None
    return int(limit) - used if limit.isdecimal() else None
