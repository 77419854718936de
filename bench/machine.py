"""What the measurements ran on: the machine, and the versions of everything that took part, tickql first."""

import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import tomllib
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from bench.servers import ASYNC_GRAPHQL_PROGRAM, CENTRIFUGO_PROGRAM, NGINX, find_nginx
from tickql.feed.embedded.server import find_server
from tickql.producer.browser.browser_program import find_browser
from tickql.producer.errors import BrowserNotFound

_ROOT = Path(__file__).parent.parent
_PEERS = _ROOT / "bench" / "peers"
_RUN = (".py", ".js", ".mjs", ".html", ".conf", ".rs", "config.json")
_NOT_RUN = ("node_modules", "tests", "docs", "clients")
_PYTHON = (
    "strawberry-graphql",
    "graphql-core",
    "starlette",
    "uvicorn",
    "uvloop",
    "httptools",
    "websockets",
    "redis",
    "playwright",
)
_DEADLINE_S = 10.0


def describe() -> dict[str, str]:
    """Names and versions, in the order in which a reader wants them."""
    told = {
        "tickql": f"{version('tickql')}, {_commit()}, sources {_sources()}",
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "system": f"{_distribution()}, Linux {platform.release().split('-')[0]}",
        "Python": f"{platform.python_version()}; " + ", ".join(f"{name} {version(name)}" for name in _PYTHON),
        "Redis": _first_line([find_server(), "--version"]),
    }
    if shutil.which("node"):
        told["Node"] = f"{_first_line(['node', '--version'])}; {_npm_versions()}"
    if (nginx := find_nginx()) is not None:
        told["nginx"] = f"{_first_line([str(nginx[0]), '-v'])}{_unpacked()}"
    if CENTRIFUGO_PROGRAM.is_file():
        told["Go"] = f"{_first_line(['go', 'version'])}; {_centrifugo()}"
    if ASYNC_GRAPHQL_PROGRAM.is_file():
        told["Rust"] = f"{_first_line(['rustc', '--version'])}; {_crates()}"
    try:
        told["browser"] = _first_line([str(find_browser()), "--version"])
    except BrowserNotFound:
        told["browser"] = "none"
    return told


def _commit() -> str:
    told = _first_line(["git", "-C", str(_ROOT), "rev-parse", "--short=12", "HEAD"])
    return f"commit {told}" if re.fullmatch("[0-9a-f]{12,}", told) else "no commit"


def _sources() -> str:
    """A digest of what runs, which changes with every change, committed or not."""
    digest = hashlib.sha256()
    for folder, folders, files in os.walk(_ROOT):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _NOT_RUN)
        for path in (Path(folder, name) for name in sorted(files) if name.endswith(_RUN)):
            digest.update(f"{path.relative_to(_ROOT)}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def _first_line(command: Sequence[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_DEADLINE_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return "unknown version"
    return next(iter((done.stdout + done.stderr).strip().splitlines()), "unknown version").strip()


def _processor() -> str:
    match = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return match[1] if match else platform.machine()


def _distribution() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        return platform.system()


def _unpacked() -> str:
    versions = NGINX / "versions"
    return "; " + ", ".join(versions.read_text().replace("\t", " ").splitlines()) if versions.is_file() else ""


def _npm_versions() -> str:
    names = json.loads((_PEERS / "package.json").read_text())["dependencies"]
    found = []
    for name in names:
        package = _PEERS / "node_modules" / name / "package.json"
        if package.is_file():
            found.append(f"{name} {json.loads(package.read_text())['version']}")
    return ", ".join(found) or "no packages installed"


def _centrifugo() -> str:
    """What the Go server is: built from its module, it does not know its own version."""
    wanted = re.search(r"/(centrifugo)/v\d+ (v\S+)", (_PEERS / "centrifugo" / "go.mod").read_text())
    return " ".join(wanted.groups()) if wanted else "centrifugo"


def _crates() -> str:
    """What the Rust server is made of, from the exact versions that it wants."""
    wanted = tomllib.loads((_PEERS / "async-graphql" / "Cargo.toml").read_text())["dependencies"]
    versions = {name: of if isinstance(of, str) else of["version"] for name, of in wanted.items()}
    return ", ".join(f"{name} {exact.removeprefix('=')}" for name, exact in versions.items())
