"""Builds the image from the Dockerfile and checks what a container of it does: `make image-check`.

No image is downloaded: debootstrap makes the base, and podman builds and runs what the Dockerfile says. A container has
a file system that is read-only, no privilege, and the seccomp profile of `deploy/image`.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import psutil

from tests.deploy.image.base import base_images, make_base
from tests.deploy.image.container import Container, running
from tests.deploy.image.engine import Engine, EngineError
from tests.support.redis_server import RedisServer
from tickql.feed.embedded.ports import free_port

ROOT = Path(__file__).parents[3]
IMAGE = "tickql:check"
_BUILD_S = 2400.0
_STOP_S = 10.0
_USER = 10001
_TO_BUILD = ("npm", "node", "pip", "cc", "git")
"""Programs of the build stage, of which the image has none."""


def main() -> int:
    """Build and check. Returns the exit code: 1 if something is not as it must be."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--megabytes", type=float, default=900.0, help="the most that the image may take, unpacked")
    parser.add_argument("--start-s", type=float, default=15.0, help="the most from a container's start to a live price")
    parser.add_argument("--folder", type=Path, default=ROOT / ".tickql/image", help="where images are kept")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    engine = Engine(given.folder)
    failed = 0
    try:
        _build(engine, given.folder)
        for what, is_so in chain(_image(engine, given.megabytes), _whole(engine, given.start_s), _server(engine)):
            _say(f"{'ok    ' if is_so else 'FAILED'}  {what}")
            failed += not is_so
    except EngineError as error:
        _say(f"FAILED  {error}")
        failed += 1
    return 1 if failed else 0


def _build(engine: Engine, folder: Path) -> None:
    began_s = time.monotonic()
    for base in base_images((ROOT / "Dockerfile").read_text()):
        if not engine.has(base):
            make_base(engine, base, folder)
    engine.build(ROOT, IMAGE, _BUILD_S)
    _say(f"built in {time.monotonic() - began_s:.0f} s")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _image(engine: Engine, megabytes: float) -> Iterator[tuple[str, bool]]:
    mounted = Path(engine.run("image", "mount", IMAGE).strip())
    try:
        size = sum(path.lstat().st_size for path in mounted.rglob("*") if not path.is_dir()) / 1e6
        found = [name for name in _TO_BUILD if any((mounted / place / name).exists() for place in ("usr/bin", "bin"))]
        foreign = [path for path in (mounted / "tickql").rglob("node_modules") if "playwright" not in path.parts]
    finally:
        engine.run("image", "unmount", IMAGE)
    yield f"size {size:.0f} MB, at most {megabytes:.0f}", size <= megabytes
    yield f"has nothing that only the build needs {[*found, *foreign]}", not found and not foreign


def _whole(engine: Engine, start_s: float) -> Iterator[tuple[str, bool]]:
    """The demo page, its producer, Valkey and the API in one container."""
    with running(engine, IMAGE, "up", "--demo-port", str(free_port()), "--no-open") as container:
        took_s = container.seconds_to_a_live_price(6 * start_s)
        yield f"a live price {took_s:.1f} s after the start, at most {start_s:g}", took_s <= start_s
        yield from _processes(container)
        code, stopped_s = container.stop()
        yield f"ends {stopped_s:.1f} s after SIGTERM, with exit code {code}", code == 0 and stopped_s <= _STOP_S


def _processes(container: Container) -> Iterator[tuple[str, bool]]:
    first, *others = container.processes()
    yield f"process 1 is {first.name()}", first.name() == "tini"
    users = {process.uids().effective for process in (first, *others)}
    yield f"runs as the user {users}", users == {_USER}
    pages = [process for process in others if "--type=renderer" in process.cmdline()]
    apart = [process for process in pages if all(_is_apart(process, first, kind) for kind in ("user", "pid", "net"))]
    yield f"{len(apart)} of {len(pages)} pages in a sandbox of its own", len(apart) == len(pages) > 0
    by_part = {"producer": _memory(others, "produce"), "API": _memory(others, "serve")}
    yield f"memory in MB: {by_part}", all(by_part.values())


def _is_apart(process: psutil.Process, other: psutil.Process, kind: str) -> bool:
    return Path(f"/proc/{process.pid}/ns/{kind}").readlink() != Path(f"/proc/{other.pid}/ns/{kind}").readlink()


def _memory(processes: list[psutil.Process], command: str) -> int:
    """The memory of a part and of what it has started: megabytes, shared pages by their share."""
    parts = [process for process in processes if ["-m", "tickql", command] == process.cmdline()[1:4]]
    own = [process for part in parts for process in (part, *part.children(recursive=True))]
    return round(sum(process.memory_full_info().pss for process in own) / 1e6)


def _server(engine: Engine) -> Iterator[tuple[str, bool]]:
    """An API server alone, and its health."""
    with tempfile.TemporaryDirectory() as folder:
        redis = RedisServer(Path(folder))
        redis.start()
        try:
            with running(engine, IMAGE, "serve", settings=[f"TICKQL_REDIS_URL={redis.url}"]) as container:
                deadline_s = time.monotonic() + 60
                while not (healthy := container.is_healthy()) and time.monotonic() < deadline_s:
                    time.sleep(0.2)
                yield "a server is healthy", healthy
                container.processes()[1].suspend()
                yield "a server that hangs is not", not container.is_healthy()
                container.processes()[1].resume()
                code, _ = container.stop()
                yield f"ends with exit code {code}", code == 0
        finally:
            redis.stop()


if __name__ == "__main__":
    sys.exit(main())
