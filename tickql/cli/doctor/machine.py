"""Python, its packages, and what this machine gives: descriptors, memory, a folder, a port, a clock."""

import os
import re
import shutil
import sys
from importlib import metadata
from pathlib import Path

from tickql.cli.doctor.finding import Finding, failed, ok, warning
from tickql.cli.listening import served_state, why_taken

_PYTHON = (3, 11)
_REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?([^;]*)(;.*)?")
_BOUND = re.compile(r"(>=|<)\s*([0-9][0-9.]*)")
_FEW_DESCRIPTORS, _TOO_FEW_DESCRIPTORS = 4_096, 256
_LITTLE_MEMORY, _TOO_LITTLE_MEMORY = 1 << 30, 256 << 20
_LITTLE_DISK, _TOO_LITTLE_DISK = 1 << 30, 50 << 20


def python() -> Finding:
    """The Python that runs this."""
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < _PYTHON:
        return failed("python", version, "install Python 3.11 or newer")
    return ok("python", f"{version}, {sys.executable}")


def packages(distribution: str = "tickql") -> Finding:
    """Whether every package that a distribution requires is there, in a version that it takes."""
    wrong, count = [], 0
    for requirement in metadata.requires(distribution) or []:
        match = _REQUIREMENT.fullmatch(requirement)
        if match is None or "extra ==" in requirement:
            continue
        name, bounds, marker = match[1], match[2], match[3]
        count += 1
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            if marker is None:
                wrong.append(f"{name} is not installed")
            continue
        if not _within(version, bounds):
            wrong.append(f"{name} {version} is not {bounds.strip()}")
    if wrong:
        return failed("packages", "; ".join(wrong), "install them again: `make setup`, or `pip install --upgrade .`")
    return ok("packages", f"all {count} as required")


def descriptors() -> Finding:
    """How many files and connections a process may have open: each subscriber is one."""
    try:
        import resource
    except ImportError:
        return ok("file descriptors", "not limited on this system")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = soft == resource.RLIM_INFINITY
    found = "not limited" if unlimited else f"at most {soft:,} files and connections a process"
    remedy = f"raise the limit where tickql is started: `ulimit -n {min(65_536, hard) if hard > 0 else 65_536}`"
    if not unlimited and soft < _FEW_DESCRIPTORS:
        judge = failed if soft < _TOO_FEW_DESCRIPTORS else warning
        return judge("file descriptors", f"{found}: each subscriber takes one", remedy)
    return ok("file descriptors", found)


def memory(meminfo: Path = Path("/proc/meminfo"), cgroup: Path = Path("/sys/fs/cgroup")) -> Finding:
    """Memory that is free to use: a browser takes some hundred megabytes."""
    free = [each for each in (_available(meminfo), _left_in_group(cgroup)) if each is not None]
    if not free:
        return ok("memory", "not known on this system")
    found = f"{min(free) / (1 << 30):.1f} GiB free"
    if min(free) < _LITTLE_MEMORY:
        judge = failed if min(free) < _TOO_LITTLE_MEMORY else warning
        return judge("memory", f"{found}: a browser takes some hundred megabytes", "end something, or add memory")
    return ok("memory", found)


def data_folder(folder: Path) -> Finding:
    """Whether the folder for history and logs can be written, and has room."""
    existing = next(each for each in (folder.absolute(), *folder.absolute().parents) if each.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        return failed("data folder", f"{folder} cannot be written", "name another one with TICKQL_DATA")
    free = shutil.disk_usage(existing).free
    found = f"{folder}, {free / (1 << 30):.1f} GiB free"
    if free < _LITTLE_DISK:
        judge = failed if free < _TOO_LITTLE_DISK else warning
        return judge("data folder", found, "make room, or name another folder with TICKQL_DATA")
    return ok("data folder", found)


def port(host: str, number: int) -> Finding:
    """Whether the API can listen where it is told to, or does so already."""
    error = why_taken(host, number)
    if error is None:
        return ok("port", f"{host}:{number} is free")
    if (state := served_state(host, number)) is not None:
        return ok("port", f"{host}:{number}: a tickql serves there, its feed is {state}")
    found = f"{host}:{number}: {(error.strerror or str(error)).lower()}"
    return failed("port", found, "stop what listens there, or choose another: TICKQL_PORT, or --port")


def _within(version: str, bounds: str) -> bool:
    own = _numbers(version)
    return all(
        own >= _numbers(bound) if sign == ">=" else own < _numbers(bound) for sign, bound in _BOUND.findall(bounds)
    )


def _numbers(version: str) -> list[int]:
    """The leading numbers of a version, without zeros at their end."""
    found = re.match(r"[0-9.]*", version)
    numbers = [int(part) for part in (found[0] if found else "").split(".") if part]
    while numbers and not numbers[-1]:
        numbers.pop()
    return numbers


def _available(meminfo: Path) -> int | None:
    try:
        match = re.search(r"^MemAvailable:\s*(\d+) kB", meminfo.read_text(), re.MULTILINE)
    except OSError:
        return None
    return int(match[1]) * 1024 if match else None


def _left_in_group(cgroup: Path) -> int | None:
    try:
        limit, used = (cgroup / "memory.max").read_text().strip(), int((cgroup / "memory.current").read_text())
    except (OSError, ValueError):
        return None
    return int(limit) - used if limit.isdecimal() else None
