"""`tickql up`: Redis, the demo page, the producer and the API in one command, started and ended together."""

import asyncio
import logging
import sys
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

from rich.console import Console

from tickql.cli.api_port import bind_error, running_tickql_state
from tickql.cli.errors import TickqlError
from tickql.cli.managed_process import ManagedProcess
from tickql.cli.panel import board_address, panel, running
from tickql.cli.redis_keeper import RedisKeeper
from tickql.cli.relays import RelayPlan, plan_relays, relay_states
from tickql.cli.settings import Settings
from tickql.cli.user_browser import has_screen, open_page
from tickql.feed.embedded.server import EmbeddedServer
from tickql.feed.follower import Follower
from tickql.feed.health import FeedState, FeedStatus
from tickql.feed.log_damping import LogDamper
from tickql.feed.log_format import LogFormat
from tickql.feed.settings import FeedSettings
from tickql.producer.browser.browser_program import any_browser
from tickql.producer.feed_files import load_feeds
from tickql.producer.feedfile.feed_file import FeedFile

logger = logging.getLogger("tickql.up")

DEMO_FEED = Path(__file__).parent.parent / "demo" / "feed.toml"
DEMO_PORT = 8081
_FIRST_TICK_S = 20.0
"""How long to wait for the first tick before the panel is printed without one. A cold browser takes some seconds."""
_RELAYS_S = 5.0
"""How long the panel then waits for relays that are only beginning."""
_DAMPED_S = 5.0
"""How often is looked whether a state that was not printed has lasted."""
_LOOPBACK = "127.0.0.1"

_Exit = Callable[[], Coroutine[Any, Any, str]]
"""Waits until a process ends by itself and returns a sentence about that."""


class MainJob:
    """What `tickql up` runs. `feed_files`: which pages to watch; none: the demo page, on `demo_port`.

    `relays`: addresses of brokers to pass the feed on to. `opens_page`: whether to open the board in the person's
    browser, if there is a terminal and a screen.
    """

    def __init__(
        self,
        settings: Settings,
        feed_files: Sequence[Path],
        demo_port: int,
        console: Console,
        *,
        relays: Sequence[str] = (),
        opens_page: bool = False,
    ) -> None:
        self._settings = settings
        self._feed_files = feed_files
        self._demo_port = demo_port
        self._relay_addresses = list(relays)
        self._relays: list[RelayPlan] = []
        self._is_json = settings.log_format is LogFormat.JSON
        # The log of a program has no panel and no spinner.
        self._console = Console(quiet=True) if self._is_json else console
        self._opens_page = opens_page and not self._is_json and console.is_terminal and has_screen()
        self._exits: list[_Exit] = []
        self._shown_redis_url = settings.redis_url

    async def run(self) -> None:
        """Run until cancelled, then end every process and wait for that.

        Raises:
            TickqlError: a port is in use, the data folder cannot be written, or a process ended by itself; all other
                processes have been ended too.
            FeedFileError, SecretMissing: see `tickql.producer.feed_files`; nothing was started.
            FeedError: no Redis-compatible server could be started.
            RelayError: an address of `relays` cannot be used; nothing was started.
            BrowserNotFound: there is no browser for the pages; nothing was started.
        """
        feed_files = self._prepare()
        if any(FeedFile.load(path).page.attach is None for path in feed_files):
            await asyncio.to_thread(any_browser)
        failure: BaseException | None = None
        async with AsyncExitStack() as stack:
            with self._console.status("starting redis") as spinner:
                redis_url = await self._start_redis(stack)
                spinner.update("starting the page, the producer and the API")
                processes = self._processes(feed_files, redis_url)
                for process in processes:
                    await stack.enter_async_context(process)
                    self._exits.append(process.wait)
                # The stack ends one process after the other. All are asked first: only the slowest one counts then.
                stack.callback(_request_ends, processes)
                follower = await stack.enter_async_context(Follower(FeedSettings(redis_url=redis_url)))
                spinner.update("waiting for the first tick")
                # Entered last, so printed first: the user sees at once that Ctrl-C was received.
                stack.callback(self._print_stopping)
                try:
                    async with asyncio.TaskGroup() as tasks:
                        for wait in self._exits:
                            tasks.create_task(_fail_at_exit(wait()))
                        status = await _first_tick(follower)
                        spinner.stop()
                        urls = [FeedFile.load(path).page.url for path in feed_files]
                        relays = await relay_states(self._relays, _RELAYS_S)
                        shown = (self._settings, self._shown_redis_url, urls, status, relays)
                        logger.info("%s", running(*shown))
                        self._console.print(panel(*shown))
                        if self._opens_page:
                            await open_page(board_address(self._settings))
                        await self._print_changes(follower, status)
                except* TickqlError as failures:
                    failure = failures.exceptions[0]
        if failure is not None:
            raise TickqlError(f"{failure} (logs: {self._settings.data / 'log'})")

    def _prepare(self) -> list[Path]:
        """Check what can be checked before anything is started. Returns the feed files to use."""
        paths = list(self._feed_files) or [DEMO_FEED]
        load_feeds(paths)
        self._relays = plan_relays(self._relay_addresses, self._settings)
        _check_free(self._settings.host, self._settings.port, "--port")
        if not self._feed_files:
            _check_free(_LOOPBACK, self._demo_port, "--demo-port")
        try:
            (self._settings.data / "log").mkdir(parents=True, exist_ok=True)
            self._settings.data.chmod(0o700)
            # The feed file of the demo names the default port in its URL.
            if not self._feed_files and self._demo_port != DEMO_PORT:
                paths = [self._settings.data / "demo.toml"]
                text = DEMO_FEED.read_text(encoding="utf-8").replace(f":{DEMO_PORT}", f":{self._demo_port}")
                paths[0].write_text(text, encoding="utf-8")
        except OSError as error:
            fault = f"{error.filename} cannot be written: {(error.strerror or str(error)).lower()}"
            raise TickqlError(f"{fault}: name another folder with --data") from error
        return paths

    async def _start_redis(self, stack: AsyncExitStack) -> str:
        """Return the address of the Redis that the settings name, else start the embedded server."""
        if "redis_url" in self._settings.model_fields_set:
            return self._settings.redis_url
        # One history per set of feed files: the symbols of the demo do not belong among those of a real page.
        name = "+".join(path.stem for path in self._feed_files) or "demo"
        server = await stack.enter_async_context(EmbeddedServer(self._settings.data / "redis" / name))

        self._exits.append(RedisKeeper(server, self._print_warning).wait)
        self._shown_redis_url = server.reader_url
        return server.url

    def _processes(self, feed_files: list[Path], redis_url: str) -> list[ManagedProcess]:
        environment = self._settings.environment() | {"TICKQL_REDIS_URL": redis_url}
        commands = {
            "producer": [sys.executable, "-m", "tickql", "produce", *map(str, feed_files)],
            "api": [sys.executable, "-m", "tickql", "serve"],
        }
        if not self._feed_files:
            commands = {"demo": [sys.executable, "-m", "tickql.demo", "--port", str(self._demo_port)]} | commands
        logs = self._settings.data / "log"
        processes = [
            ManagedProcess(name, command, environment, logs / f"{name}.log", self._print_warning)
            for name, command in commands.items()
        ]
        for relay in self._relays:
            own = environment | relay.environment()
            command, name = [sys.executable, "-m", "tickql", "relay"], f"relay {relay.name}"
            processes.append(ManagedProcess(name, command, own, logs / f"{name}.log", self._print_warning))
        return processes

    async def _print_changes(self, follower: Follower, status: FeedStatus) -> None:
        """Print each change of the feed's state until cancelled; a state that comes and goes again, seldom."""
        damper = LogDamper()
        damper.is_due(status.state, time.monotonic())
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(_DAMPED_S):
                    status = await follower.wait_for_status_change(status)
            if damper.is_due(status.state, time.monotonic()):
                reason = f": {status.reason}" if status.reason and status.state is not FeedState.LIVE else ""
                self._print_warning(f"the feed is {status.state.lower()}{reason}")

    def _print_stopping(self) -> None:
        logger.info("stopping")
        self._console.print("stopping")

    def _print_warning(self, line: str) -> None:
        if self._is_json:
            logger.warning("%s", line)
        text = f"{time.strftime('%H:%M:%S')} {line}"
        self._console.print(text, style="yellow", highlight=False, markup=False, soft_wrap=True)


def _request_ends(processes: Sequence[ManagedProcess]) -> None:
    for process in processes:
        process.request_end()


async def _first_tick(follower: Follower) -> FeedStatus:
    """Wait for a tick of any symbol from now on, 20 s at most. Returns the status, which says what is wrong if any."""
    # History from an earlier run is there at once and proves nothing: only a tick from now on counts.
    start_us = time.time_ns() // 1000
    status = follower.status()
    with suppress(TimeoutError):
        async with asyncio.timeout(_FIRST_TICK_S):
            while not any((each.last_tick_us or 0) >= start_us for each in status.symbols):
                status = await follower.wait_for_status_change(status)
    return follower.status()


async def _fail_at_exit(exit_: Coroutine[Any, Any, str]) -> None:
    raise TickqlError(await exit_)


def _check_free(host: str, port: int, option: str) -> None:
    error = bind_error(host, port)
    if error is None:
        return
    if running_tickql_state(host, port) is not None:
        fault = f"a tickql runs already: http://{host}:{port}/graphql"
        remedy = "stop that one, or give this one its own --port, --demo-port and --data"
        raise TickqlError(f"{fault}; {remedy}") from error
    remedy = f"stop the program that listens there, or choose another port with {option}"
    raise TickqlError(f"port {port} is in use: {remedy}") from error
