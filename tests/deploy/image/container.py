"""A container of the image: started as an operator starts it, watched until prices are live, and ended."""

import json
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from tests.deploy.image.engine import Engine, EngineError
from tickql.feed.embedded.ports import free_port

_ROOT = Path(__file__).parents[3]
_LOCKED = (
    "--network", "host", "--read-only", "--tmpfs", "/tmp", "--cap-drop", "all", "--security-opt", "no-new-privileges",
    "--security-opt", f"seccomp={_ROOT / 'deploy/image/seccomp.json'}", "--shm-size", "256m",
    # What this machine allows. Without systemd nobody asks for the health: the check does it itself.
    "--ulimit", "nofile=4096:4096", "--ulimit", "nproc=4096:4096", "--health-interval", "disable",
)  # fmt: skip
_POLL_S = 0.1


class Container:
    """A running container. `port`: of its API."""

    def __init__(self, engine: Engine, image: str, arguments: Sequence[str], settings: Sequence[str]) -> None:
        self.port = free_port()
        self._engine = engine
        self._began_s = time.monotonic()
        given = ("TICKQL_HOST=127.0.0.1", f"TICKQL_PORT={self.port}", *settings)
        options = [*_LOCKED, *(word for setting in given for word in ("--env", setting))]
        self.id = engine.start(image, arguments, options)

    def seconds_to_a_live_price(self, most_s: float) -> float:
        """Wait for the first price. Returns the seconds since the container's start.

        Raises:
            EngineError: there is none after `most_s`.
        """
        while (waited_s := time.monotonic() - self._began_s) < most_s:
            if self._has_price():
                return time.monotonic() - self._began_s
            time.sleep(_POLL_S)
        raise EngineError(f"no price after {waited_s:.0f} s:\n{self.log()}")

    def _has_price(self) -> bool:
        query = json.dumps({"query": "{ lastPrices { last } }"}).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/graphql", query, {"content-type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=2) as response:
                answer: dict[str, Any] = json.load(response)
        except (OSError, ValueError):
            return False
        return any(price["last"] for price in answer["data"]["lastPrices"])

    def is_healthy(self) -> bool:
        """Whether the image's own HEALTHCHECK says so."""
        try:
            self._engine.run("healthcheck", "run", self.id)
        except EngineError:
            return False
        return True

    def processes(self) -> list[psutil.Process]:
        """Its processes, as the machine sees them. The first one is its process 1."""
        first = psutil.Process(int(self._engine.run("inspect", "--format", "{{.State.Pid}}", self.id)))
        return [first, *first.children(recursive=True)]

    def stop(self) -> tuple[int, float]:
        """Stop it as Docker does. Returns its exit code, and the seconds that it took."""
        began_s = time.monotonic()
        self._engine.run("stop", "--time", "30", self.id)
        took_s = time.monotonic() - began_s
        return int(self._engine.run("inspect", "--format", "{{.State.ExitCode}}", self.id)), took_s

    def log(self) -> str:
        return self._engine.run("logs", self.id)


@contextmanager
def running(engine: Engine, image: str, *arguments: str, settings: Sequence[str] = ()) -> Iterator[Container]:
    """Run a part of tickql in a container, which is gone at the end."""
    container = Container(engine, image, arguments, settings)
    try:
        yield container
    finally:
        engine.run("rm", "--force", "--volumes", container.id)
