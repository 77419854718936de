"""`tickql replay`: publishes a recording as if it happened now."""

import time
from pathlib import Path

from rich.console import Console

from tickql.cli.errors import TickqlError
from tickql.cli.progress import count, print_line, progress
from tickql.feed.health import SILENT_AFTER_US
from tickql.feed.history import History
from tickql.feed.publisher import Publisher
from tickql.feed.settings import FeedSettings
from tickql.feed.status import ProducerReport, ProducerState, SymbolReport
from tickql.feed.tick import Quote, instant
from tickql.producer.recording.recording_file import RecordingSummary, read_recording, summarize
from tickql.producer.recording.recording_format import RecordingFormat
from tickql.producer.recording.replay import replay as publish_recording


class Replay:
    """Publishes a file to the feed in Redis, and prints the progress."""

    def __init__(self, path: Path, settings: FeedSettings, console: Console, form: RecordingFormat | None) -> None:
        self._path = path
        self._settings = settings
        self._console = console
        self._form = form
        self._played = 0
        self._now: Quote | None = None

    async def run(self, speed: float | None, *, loop: bool, original_times: bool) -> None:
        """Publish the file once, or again and again until cancelled. Print a summary at the end.

        `speed` divides the time between two quotes; `None`: as fast as Redis accepts them. The whole file is checked
        before anything is published.

        Raises:
            RecordingError: the file is invalid or empty. Nothing was published.
            FeedUnavailable: Redis does not answer at the start. Later outages are waited out.
            TickqlError: a producer publishes one of the symbols now, or has the same name. Nothing was published.
            tickql.feed.errors.Fenced: another producer has taken over one of its symbols.
        """
        found = summarize(self._path, self._form)
        print_line(self._console, f"{self._path}: {_described(found)}, {_pace(speed)}")
        await self._check_alone(found)
        publisher = Publisher(self._settings, self._path.stem)
        try:
            async with publisher, progress(self._console, lambda: self._line(found, publisher)):
                publisher.report(self._report(found, ProducerState.LIVE))
                try:
                    while True:
                        quotes = read_recording(self._path, self._form)
                        await publish_recording(
                            quotes, publisher, speed=speed, original_times=original_times, on_quote=self._note
                        )
                        if not loop:
                            break
                finally:
                    # Readers then know that the silence is the end of the replay, not a fault.
                    publisher.report(self._report(found, ProducerState.STOPPED))
        finally:
            left = f", {publisher.unconfirmed:,} of them not confirmed by Redis" if publisher.unconfirmed else ""
            print_line(self._console, f"replayed {count(self._played, 'quote')}{left}")

    async def _check_alone(self, found: RecordingSummary) -> None:
        """Check that no live producer publishes the symbols: a second publisher would take them over from it."""
        async with History(self._settings) as history:
            reports = await history.producer_reports()
        alive_since_us = time.time_ns() // 1000 - SILENT_AFTER_US
        for report in map(ProducerReport.decode, reports.values()):
            if report.state is ProducerState.STOPPED or report.heard_us <= alive_since_us:
                continue
            elsewhere = "or replay elsewhere, with TICKQL_NAMESPACE=replay or another TICKQL_REDIS_URL"
            if shared := sorted(set(report.symbols) & set(found.symbols)):
                raise TickqlError(f"{shared[0]} is published by {report.source} now: stop that one, {elsewhere}")
            if report.source == self._path.stem:
                raise TickqlError(f"another producer is known as {report.source} now: stop that one, {elsewhere}")

    def _note(self, quote: Quote) -> None:
        self._played += 1
        self._now = quote

    def _line(self, found: RecordingSummary, publisher: Publisher) -> str:
        if publisher.stats.redis_down is not None:
            return f"{count(self._played, 'quote')}, waiting for Redis: {publisher.stats.redis_down}"
        at = f", at {instant(self._now.observed_us):%H:%M:%S}" if self._now is not None else ""
        # At the end of a round `divmod` gives 0 % of the next one; 100 % of this one is meant.
        rounds, place = divmod(self._played, found.quotes)
        if rounds and not place:
            rounds, place = rounds - 1, found.quotes
        again = f", round {rounds + 1}" if rounds else ""
        return f"{count(self._played, 'quote')} ({100 * place // found.quotes} %){at}{again}"

    def _report(self, found: RecordingSummary, state: ProducerState) -> ProducerReport:
        now_us = time.time_ns() // 1000
        reason = f"a replay of {self._path.name}, recorded {instant(found.first_us):%Y-%m-%d}"
        symbols = {symbol: SymbolReport(state=state, since_us=now_us) for symbol in found.symbols}
        return ProducerReport(
            source=self._path.stem, state=state, reason=reason, since_us=now_us, heard_us=now_us, symbols=symbols
        )


def _described(found: RecordingSummary) -> str:
    quotes, symbols = count(found.quotes, "quote"), count(len(found.symbols), "symbol")
    span_s = (found.last_us - found.first_us) / 1e6
    return f"{quotes} of {symbols} in {span_s:,.1f} s from {instant(found.first_us):%Y-%m-%d %H:%M:%S}"


def _pace(speed: float | None) -> str:
    return "as fast as Redis accepts them" if speed is None else f"at {speed:g} times their speed"


def parse_speed(text: str) -> float | None:
    """Read `10` or `0.5`, or `max` as `None`.

    Raises:
        TickqlError: another text.
    """
    if text == "max":
        return None
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0.001 <= speed <= 1_000_000:
        raise TickqlError(f"--speed {text}: give a number from 0.001 to 1000000, or max")
    return speed
