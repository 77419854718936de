"""The load balancers of `deploy/`, nginx and HAProxy, run as they are configured there, but for addresses and ports."""

import os
import re
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.certificates import Signed
from tests.support.guarded_process import GuardedProcess
from tests.support.waiting import DEADLINE_S, until
from tickql.feed.embedded.ports import free_port

_ROOT = Path(__file__).parents[2]
_UNPACKED = _ROOT / ".tickql/balancers"
"""Where set-up has unpacked Debian's packages."""
_SERVERS = re.compile(r"(?:^ +server (?:api-\d+ )?api-\d+:8000.*\n)+", re.MULTILINE)
"""The lines of the example's servers, in each place that names them."""
_NGINX = """{user}
daemon off;
worker_processes 2;
worker_rlimit_nofile 8000;
error_log stderr notice;
pid {folder}/nginx.pid;
events {{ worker_connections 4000; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/tickql.conf;
}}
"""


@dataclass(frozen=True, slots=True)
class Kind:
    """A load balancer program. `check`: the options with which it checks the configuration that follows them."""

    program: str
    configuration: Path
    run: tuple[str, ...]
    check: tuple[str, ...]


NGINX = Kind("nginx", _ROOT / "deploy/nginx/tickql.conf", ("-e", "stderr", "-c"), ("-e", "stderr", "-t", "-c"))
HAPROXY = Kind("haproxy", _ROOT / "deploy/haproxy/haproxy.cfg", ("-W", "-f"), ("-c", "-f"))


def requires(kind: Kind) -> None:
    """Skip the test if this machine does not have the program; where everything is installed, fail."""
    if _program(kind) is None:
        reason = f"no {kind.program}: scripts/setup balancers (Debian, as root)"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)


def _program(kind: Kind) -> str | None:
    places = [_UNPACKED / "usr/sbin", *os.environ["PATH"].split(os.pathsep), Path("/usr/sbin")]
    return shutil.which(kind.program, path=os.pathsep.join(map(str, places)))


@dataclass(frozen=True, slots=True)
class Options:
    """What a user may change in the configuration. `marks`: whose lines are to be used, such as `tls`."""

    marks: Collection[str] = ()
    signed: Signed | None = None


def write_configuration(kind: Kind, servers: Sequence[str], port: int, folder: Path, options: Options) -> Path:
    """Write the configuration for `servers`, given as `http://host:port`. Returns the file for the program."""
    text = _unmark(kind.configuration.read_text(), options.marks)
    text = _SERVERS.sub(lambda found: _server_lines(found[0], servers), text)
    if options.signed is not None:
        bundle = folder / "tickql.pem"
        bundle.write_bytes(options.signed.certificate.read_bytes() + options.signed.key.read_bytes())
        text = re.sub(r"/etc/ssl/tickql/fullchain\.pem|/etc/haproxy/certs/tickql\.pem", str(bundle), text)
        text = text.replace("/etc/ssl/tickql/privkey.pem", str(options.signed.key))
        text = re.sub(r"^ +(listen 80;|bind :80)\n", "", text, flags=re.MULTILINE)
    text = re.sub(r"(listen |bind )(:?80|:?443)\b", rf"\g<1>127.0.0.1:{port}", text)
    # No more than a process may have open here, and however slow the machine is.
    text = text.replace("maxconn 20000", "maxconn 4000").replace("timeout check 2s", f"timeout check {DEADLINE_S:.0f}s")
    text = text.replace("/run/haproxy/admin.sock", str(folder / "admin.sock"))
    if kind is not NGINX:
        return _write(folder / "haproxy.cfg", text)
    _write(folder / "tickql.conf", text)
    user = "user root;" if os.geteuid() == 0 else ""
    return _write(folder / "nginx.conf", _NGINX.format(folder=folder, user=user))


def _unmark(text: str, marks: Collection[str]) -> str:
    """Use the lines of these marks: `#tls:` adds lines, and `#prefix:` of nginx replaces the line above it."""
    lines: list[str] = []
    for line in text.splitlines():
        indent, mark, rest = re.match(r"( *)(?:#(tls|prefix): )?(.*)", line).groups()  # type: ignore[union-attr]
        if mark is None or mark not in marks:
            lines.append(line)
            continue
        if mark == "prefix" and rest.split()[0] in ("location", "proxy_pass"):
            lines.pop()
        lines.append(indent + rest)
    return "\n".join(lines) + "\n"


def _server_lines(example: str, servers: Sequence[str]) -> str:
    """The first line of the example, for each server."""
    line = re.sub(r"api-\d+:8000", "ADDRESS", example.splitlines()[0])
    return "".join(
        line.replace("ADDRESS", urlsplit(server).netloc).replace("api-1 ", f"api-{number} ") + "\n"
        for number, server in enumerate(servers, 1)
    )


def _write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def check(kind: Kind, configuration: Path) -> str:
    """Return what the program itself says of a configuration. Its exit code must be 0."""
    program = _program(kind)
    assert program is not None
    checked = subprocess.run(
        [program, *kind.check, configuration], env=_environment(), text=True, capture_output=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
    return checked.stdout + checked.stderr


def _environment() -> dict[str, str]:
    libraries = _UNPACKED.glob("usr/lib/*-linux-gnu")
    return {**os.environ, "LD_LIBRARY_PATH": os.pathsep.join(map(str, libraries))}


class Balancer:
    """A load balancer before `servers`, given as `http://host:port`. Its `address` answers soon after `start`."""

    def __init__(self, kind: Kind, servers: Sequence[str], folder: Path, options: Options = Options()) -> None:
        self._port = free_port()
        self.address = f"{'http' if options.signed is None else 'https'}://127.0.0.1:{self._port}"
        configuration = write_configuration(kind, servers, self._port, folder, options)
        program = _program(kind)
        assert program is not None
        command = [program, *kind.run, str(configuration)]
        self._process = GuardedProcess(command, folder / "balancer.log", _environment())

    def start(self) -> None:
        self._process.start()

    async def listens(self) -> bool:
        if self._process.has_ended:
            raise RuntimeError(self._process.output)
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self._port)) == 0

    def stop(self) -> None:
        self._process.terminate()


@asynccontextmanager
async def balancer(
    kind: Kind, servers: Sequence[str], folder: Path, options: Options = Options()
) -> AsyncIterator[str]:
    """Run a load balancer. Yields its address."""
    running = Balancer(kind, servers, folder, options)
    running.start()
    try:
        await until(running.listens)
        yield running.address
    finally:
        running.stop()
