"""`tickql record`: writes the quotes of a page, or the ticks of the feed, to a file."""

import asyncio
import time
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from tickql.cli.errors import TickqlError
from tickql.cli.progress import count, print_line, progress
from tickql.feed.follower import Follower
from tickql.feed.server_address import without_password
from tickql.feed.settings import FeedSettings
from tickql.feed.status import ProducerReport, ProducerState
from tickql.feed.tick import Quote, check_symbol
from tickql.feed.tick_reader import TickReader
from tickql.producer.errors import RecordingError
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.recording.recording_file import RecordingWriter
from tickql.producer.recording.recording_format import RecordingFormat
from tickql.producer.service import watch

FIRST_QUOTE_S = 60.0
"""How long a recording with `--for` waits for its first quote: a page with a login may need most of a minute."""


class Recorder:
    """Writes quotes to a file and reports the progress. A `QuoteSink` of the producer."""

    def __init__(
        self,
        path: Path,
        console: Console,
        form: RecordingFormat | None,
        *,
        overwrite: bool,
        first_quote_s: float = FIRST_QUOTE_S,
    ) -> None:
        """Create the file.

        Raises:
            RecordingError: the file exists and may not be replaced, or cannot be created.
        """
        self._path = path
        self._console = console
        self._first_quote_s = first_quote_s
        self._writer = RecordingWriter(path, form, overwrite=overwrite)
        self._symbols: set[str] = set()
        self._ended_s: float | None = None
        self._state = ProducerState.STARTING
        self._trouble: str | None = None
        loop = asyncio.get_running_loop()
        self._first: asyncio.Future[float] = loop.create_future()
        self._failed: asyncio.Future[RecordingError] = loop.create_future()

    async def run(self, source: Coroutine[Any, Any, None], for_s: float | None) -> None:
        """Run `source`, which delivers quotes to this object, until cancelled. Print a summary at the end.

        With `for_s` the recording ends that many seconds after the first quote. It waits 60 s for the first quote.

        Raises:
            RecordingError: the file cannot be written any more; what it holds can be read.
            TickqlError: the first quote did not arrive in time. No file is left.
        """
        running = asyncio.create_task(source)
        try:
            async with progress(self._console, self._line):
                if for_s is None:
                    await _first_of(running, self._failed)
                elif await _first_of(running, self._failed, self._first, timeout_s=self._first_quote_s):
                    await _first_of(running, self._failed, timeout_s=for_s)
        finally:
            ended = running.done()
            self._ended_s = time.monotonic()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            self._close()
        if ended:
            running.result()
        if self._failed.done():
            raise self._failed.result()
        if not self._writer.quotes:
            raise TickqlError(f"nothing was recorded: {self._trouble or f'no price in {self._first_quote_s:.0f} s'}")

    def publish(self, quote: Quote) -> None:
        """Write a quote down."""
        if self._failed.done():
            return
        try:
            self._writer.write(quote)
        except RecordingError as error:
            self._failed.set_result(error)
            return
        self._symbols.add(quote.symbol)
        # The time of `--for` starts here: opening a page with a login may take longer than the recording.
        if not self._first.done():
            self._first.set_result(time.monotonic())

    def report(self, report: ProducerReport) -> None:
        """Print a warning when the state of the page changes."""
        before, self._state = self._state, report.state
        if report.state is not ProducerState.STOPPED:
            self._trouble = report.reason
        if report.state is not before and {before, report.state} != {ProducerState.STARTING, ProducerState.LIVE}:
            self.warn(f"the page is {report.state}" + (f": {report.reason}" if report.reason else ""))

    def warn(self, what: str) -> None:
        """Print a warning: something is missing in the recording."""
        if self._state is not ProducerState.STOPPED:
            print_line(self._console, f"{time.strftime('%H:%M:%S')} {what}", "yellow")

    def _line(self) -> str:
        if not self._first.done():
            return f"waiting for the first price{f': {self._trouble}' if self._trouble else ''}"
        rate = self._writer.quotes / max(1.0, self._seconds)
        return f"{self._counts()}, {rate:,.0f} a second, for {self._seconds:.0f} s"

    def _close(self) -> None:
        self._writer.close()
        if self._writer.quotes:
            print_line(self._console, f"recorded {self._counts()} in {self._seconds:.0f} s: {self._path}")
        # An empty file would block the next try without --force. `/dev/stdout` and the like stay.
        elif self._path.is_file():
            self._path.unlink()

    def _counts(self) -> str:
        return f"{count(self._writer.quotes, 'quote')} of {count(len(self._symbols), 'symbol')}"

    @property
    def _seconds(self) -> float:
        return (self._ended_s or time.monotonic()) - self._first.result()


async def _first_of(*ends: asyncio.Future[Any], timeout_s: float | None = None) -> bool:
    """Wait until one of the futures is done. Returns whether one is; `False` after the timeout."""
    done, _ = await asyncio.wait(ends, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
    return bool(done)


async def record(
    source: Path | Sequence[str],
    settings: FeedSettings,
    path: Path,
    console: Console,
    *,
    form: RecordingFormat | None = None,
    for_s: float | None = None,
    overwrite: bool = False,
) -> None:
    """Record a feed file's page, or symbols of the feed in Redis, until cancelled or for `for_s` seconds.

    Raises:
        FeedFileError: the feed file cannot be used; nothing was written.
        RecordingError, TickqlError: see `Recorder`.
        ProducerError, FeedError: see `Supervisor.run` and `feed_quotes`.
    """
    if isinstance(source, Path):
        feed = FeedFile.load(source)
        recorder = Recorder(path, console, form, overwrite=overwrite)
        await recorder.run(watch([feed], recorder), for_s)
    else:
        recorder = Recorder(path, console, form, overwrite=overwrite)
        await recorder.run(feed_quotes(source, settings, recorder), for_s)


async def feed_quotes(symbols: Sequence[str], settings: FeedSettings, recorder: Recorder) -> None:
    """Pass every new tick of `symbols` to a recorder. No symbols: all that Redis knows.

    Raises:
        InvalidSymbol: one of them is not a symbol.
        FeedUnavailable: Redis does not answer at the start. Later it is waited for.
        TickqlError: no symbols are given and Redis knows none.
    """
    async with Follower(settings) as follower:
        wanted = [check_symbol(symbol) for symbol in symbols] or await follower.symbols()
        if not wanted:
            raise TickqlError(
                f"no symbol has ticked yet at {without_password(settings.redis_url)}: name those to wait for"
            )
        # The recording starts behind the newest tick that exists: what came earlier is history.
        newest = {symbol: await follower.latest(symbol) for symbol in wanted}
        async with asyncio.TaskGroup() as tasks:
            for symbol, tick in newest.items():
                reader = follower.tail(symbol, tick.cursor if tick is not None else None)
                tasks.create_task(_record_symbol(reader, recorder))


async def _record_symbol(reader: TickReader, recorder: Recorder) -> None:
    async with reader:
        while True:
            tick, _, gap = await reader.next()
            if gap is not None:
                lost = f"{gap.lost} ticks" if gap.lost is not None else "some ticks"
                recorder.warn(f"{lost} of {tick.symbol} are lost: {gap.reason}")
            # The recording keeps the time of the observation, not that of the arrival here.
            recorder.publish(Quote(tick.symbol, tick.ask, tick.bid, tick.last, tick.observed_us))
