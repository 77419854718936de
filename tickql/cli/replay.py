"""`tickql replay`: a recording published as if it happened now."""

import time
from pathlib import Path

from rich.console import Console

from tickql.cli.errors import TickqlError
from tickql.cli.progress import count, progress, say
from tickql.feed.health import SILENT_AFTER_US
from tickql.feed.history import History
from tickql.feed.publisher import Publisher
from tickql.feed.settings import FeedSettings
from tickql.feed.status import ProducerReport, ProducerState, SymbolReport
from tickql.feed.tick import Quote, instant
from tickql.producer.recording.recording_file import RecordingFormat, RecordingSummary, read_recording, summarize
from tickql.producer.recording.replay import replay as publish_recording


class Replay:
    """Plays a file into the feed of Redis. `speed` divides its distances in time; `None`: as fast as Redis takes it."""

    def __init__(self, path: Path, settings: FeedSettings, console: Console, form: RecordingFormat | None) -> None:
        self._path = path
        self._settings = settings
        self._console = console
        self._form = form
        self._played = 0
        self._now: Quote | None = None

    async def run(self, speed: float | None, *, loop: bool, original_times: bool) -> None:
        """Play the file once, or again and again until cancelled, and say what became of it.

        Its quotes are read once before anything is published, so that a wrong file publishes nothing.

        Raises:
            RecordingError: the file is wrong or empty.
            FeedUnavailable: Redis does not answer at the start, to say who publishes. Later it is waited for.
            TickqlError: a producer publishes one of its symbols now, or under its name. Nothing was published.
            tickql.feed.errors.Fenced: another producer has taken over one of its symbols.
        """
        found = summarize(self._path, self._form)
        say(self._console, f"{self._path}: {_described(found)}, {_pace(speed)}")
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
                    publisher.report(self._report(found, ProducerState.STOPPED))
        finally:
            left = f", {publisher.unconfirmed:,} of them not confirmed by Redis" if publisher.unconfirmed else ""
            say(self._console, f"replayed {count(self._played, 'quote')}{left}")

    async def _check_alone(self, found: RecordingSummary) -> None:
        """A publisher takes symbols over from an earlier one: a replay shall not do that to a page that is watched."""
        async with History(self._settings) as history:
            said = await history.producer_reports()
        heard_since_us = time.time_ns() // 1000 - SILENT_AFTER_US
        for report in map(ProducerReport.decode, said.values()):
            if report.state is ProducerState.STOPPED or report.heard_us <= heard_since_us:
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
    return "as fast as Redis takes them" if speed is None else f"at {speed:g} times their speed"


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
        raise TickqlError(f"--speed {text} is not a number from 0.001 to 1000000, nor max")
    return speed
