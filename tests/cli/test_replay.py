"""A replay is the recording again: every quote once, digit by digit, in order, whatever Redis does meanwhile."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from tests.support.market import publish, quote
from tests.support.process import program
from tests.support.quotes import SOURCES, recordings
from tests.support.reading import client
from tests.support.redis_server import RedisServer
from tests.support.waiting import DEADLINE_S, PATIENT, until
from tickql.cli.errors import TickqlError
from tickql.cli.main import main
from tickql.cli.replay import Replay
from tickql.feed.embedded.ports import free_port
from tickql.feed.errors import FeedUnavailable
from tickql.feed.follower import Follower
from tickql.feed.history import History
from tickql.feed.publisher import Publisher
from tickql.feed.settings import FeedSettings
from tickql.feed.status import ProducerReport, ProducerState
from tickql.feed.tick import Quote, Tick
from tickql.producer.recording.recording_file import RecordingWriter, read_recording
from tickql.producer.recording.replay import replay

_BEGIN_US = 1_739_952_125_000_000
"""In whole milliseconds, as in a CSV file."""


def _quotes(count: int, gap_us: int = 1_000) -> Iterator[Quote]:
    """Of two symbols, with repeats, empty prices and trailing zeros. LAST of ES is its number."""
    for number in range(1, count + 1):
        at_us = _BEGIN_US + number * gap_us
        yield Quote("ES", f"{number}.10", None if number % 3 else "5.00", str(number), at_us)
        if number % 4 == 0:
            yield Quote("EUR/USD", "1.1010", "1.1000", None, at_us)


def _file(path: Path, count: int, gap_us: int = 1_000) -> Path:
    with RecordingWriter(path) as writer:
        for each in _quotes(count, gap_us):
            writer.write(each)
    return path


def _csv(path: Path, symbol: str) -> Path:
    with RecordingWriter(path) as writer:
        writer.write(quote(1, symbol))
    return path


async def _stored(settings: FeedSettings, symbol: str) -> list[Tick]:
    ticks: list[Tick] = []
    # A busy machine may need longer than the product allows for 5,000 ticks in one call.
    async with History(settings, PATIENT) as history:
        while page := (await history.page(symbol, first=5_000, after=ticks[-1].cursor if ticks else None)).ticks:
            ticks += page
            if len(page) < 5_000:
                break
    return ticks


def _contents(ticks: list[Tick]) -> list[Quote]:
    return [Quote(tick.symbol, tick.ask, tick.bid, tick.last, tick.observed_us) for tick in ticks]


def _of(symbol: str, quotes: Iterator[Quote]) -> list[Quote]:
    return [each for each in quotes if each.symbol == symbol]


async def test_every_quote_is_published_once_and_in_order(tmp_path: Path, feed_settings: FeedSettings) -> None:
    path = _file(tmp_path / "a.jsonl", 3_000)
    async with Publisher(feed_settings, "replay", spool_ticks=1_000) as publisher:
        await replay(read_recording(path), publisher, speed=None, original_times=True)
        assert (publisher.unconfirmed, publisher.stats.published, publisher.stats.dropped) == (0, 3_750, 0)
    for symbol in ("ES", "EUR/USD"):
        ticks = await _stored(feed_settings, symbol)
        assert _contents(ticks) == _of(symbol, _quotes(3_000))
        assert [tick.seq for tick in ticks] == list(range(1, len(ticks) + 1))


async def test_the_time_is_that_of_the_replay_unless_the_original_is_asked_for(feed_settings: FeedSettings) -> None:
    begin_us = time.time_ns() // 1000
    async with Publisher(feed_settings, "replay") as publisher:
        await replay(_quotes(8), publisher, speed=None)
    ticks = await _stored(feed_settings, "ES")
    assert [tick.last for tick in ticks] == [str(number) for number in range(1, 9)]
    times_us = [tick.observed_us for tick in ticks]
    assert begin_us <= times_us[0]
    assert times_us == sorted(times_us)
    assert times_us[-1] <= time.time_ns() // 1000


async def test_the_distances_are_divided_by_the_speed(feed_settings: FeedSettings) -> None:
    late_us: list[int] = []
    async with asyncio.timeout(DEADLINE_S):
        # A machine that stands still for a moment is late once, a replay at another speed is so each time.
        while not late_us or min(late_us[8:]) > 200_000:
            async with Publisher(feed_settings, "replay") as publisher:
                begin_us = time.time_ns() // 1000
                await replay(_quotes(16, gap_us=400_000), publisher, speed=10)
            ticks = (await _stored(feed_settings, "ES"))[-16:]
            late_us = [tick.observed_us - begin_us - 40_000 * number for number, tick in enumerate(ticks)]
            assert min(late_us) > -1_000


async def test_a_quote_that_is_a_little_late_in_the_file_is_published_in_the_order_of_the_file(
    feed_settings: FeedSettings,
) -> None:
    late = quote(1, "NQ")._replace(observed_us=quote(1).observed_us - 2_001_000)
    published: list[Quote] = []
    async with Publisher(feed_settings, "replay") as publisher:
        await replay([quote(1), late, quote(2)], publisher, original_times=True, on_quote=published.append)
    assert published == [quote(1), late, quote(2)]


async def test_while_redis_is_away_it_waits_and_loses_nothing(
    tmp_path: Path, valkey: RedisServer, own_feed: FeedSettings
) -> None:
    path = _file(tmp_path / "a.jsonl", 3_000)

    def stop_redis(each: Quote) -> None:
        if each.last == "1000":
            valkey.freeze()

    async with Publisher(own_feed, "replay") as publisher:
        replaying = asyncio.create_task(
            replay(read_recording(path), publisher, speed=None, original_times=True, on_quote=stop_redis)
        )

        async def noticed() -> bool:
            return publisher.stats.redis_down is not None

        await until(noticed)
        assert not replaying.done()
        valkey.thaw()
        async with asyncio.timeout(DEADLINE_S):
            await replaying
        assert publisher.stats.dropped == 0
    assert _contents(await _stored(own_feed, "ES")) == _of("ES", _quotes(3_000))


@pytest.mark.parametrize("source", SOURCES)
async def test_the_quotes_of_a_market_arrive_digit_by_digit(
    source: str, tmp_path: Path, feed_settings: FeedSettings
) -> None:
    for path in recordings(source, tmp_path, 9_500):
        recorded = list(read_recording(path))
        await Replay(path, feed_settings, Console(quiet=True), None).run(None, loop=False, original_times=True)
        assert _contents(await _stored(feed_settings, recorded[0].symbol)) == recorded


async def test_the_command_replays_a_file_that_the_command_recorded(
    tmp_path: Path, feed_settings: FeedSettings
) -> None:
    """As processes of their own: `replay` a file, `record --from-feed` what comes, and the files are the same."""
    path, again = _file(tmp_path / "a.jsonl", 100, 20_000), tmp_path / "again.jsonl"
    environment = {"TICKQL_REDIS_URL": feed_settings.redis_url, "TICKQL_NAMESPACE": feed_settings.namespace}
    command = ["record", "--from-feed", "ES", "EUR/USD", "-o", str(again)]
    async with program("-m", "tickql", *command, environment=environment) as recording:
        await recording.says("waiting for the first price")
        await _listening(feed_settings)
        options = ["--speed", "5", "--original-times"]
        async with program("-m", "tickql", "replay", str(path), *options, environment=environment) as replaying:
            assert await replaying.ends() == 0
            assert "replayed 125 quotes" in replaying.output

        async def written() -> bool:
            return len(list(read_recording(again))) == 125

        await until(written)
        recording.process.terminate()
        assert await recording.ends() == 0
        assert recording.output[-1].startswith("recorded 125 quotes of 2 symbols in ")
    for symbol in ("ES", "EUR/USD"):
        assert _of(symbol, read_recording(again)) == _of(symbol, read_recording(path))


async def _listening(settings: FeedSettings) -> None:
    """Wait until somebody waits for symbols that no producer has opened yet."""
    async with client(settings) as redis:

        async def listened_to() -> bool:
            ((_, count),) = await redis.pubsub_numsub(settings.keys.symbols)
            return bool(count)

        await until(listened_to)


async def test_the_status_says_that_it_is_a_replay_and_then_that_it_has_stopped(
    tmp_path: Path, feed_settings: FeedSettings
) -> None:
    path = _file(tmp_path / "monday.jsonl", 50, 20_000)
    playing = Replay(path, feed_settings, Console(quiet=True), None)
    async with Follower(feed_settings) as follower:
        status = follower.status()
        task = asyncio.create_task(playing.run(1, loop=True, original_times=False))
        async with asyncio.timeout(DEADLINE_S):
            while status.reason != "a replay of monday.jsonl, recorded 2025-02-19":
                status = await follower.wait_for_status_change(status)
            while {each.symbol: str(each.state) for each in status.symbols} != {"ES": "LIVE", "EUR/USD": "LIVE"}:
                status = await follower.wait_for_status_change(status)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            while status.reason != "the producer of monday has stopped":
                status = await follower.wait_for_status_change(status)


async def test_a_symbol_that_is_published_now_is_not_taken_over(tmp_path: Path, feed_settings: FeedSettings) -> None:
    playing = Replay(_file(tmp_path / "a.csv", 5), feed_settings, Console(quiet=True), None)
    namesake = Replay(_csv(tmp_path / "board.csv", "NQ"), feed_settings, Console(quiet=True), None)
    async with Publisher(feed_settings, "board") as publisher:
        now_us = time.time_ns() // 1000
        symbols = {"ES": {"state": "LIVE", "since_us": now_us}}
        report = {"source": "board", "state": "LIVE", "since_us": now_us, "heard_us": now_us, "symbols": symbols}
        publisher.report(ProducerReport.model_validate(report))
        publish(publisher, 1)
        await publisher.flush()
        async with client(feed_settings) as redis:

            async def reported() -> bool:
                return bool(await redis.hexists(feed_settings.keys.status, "board"))

            await until(reported)
        with pytest.raises(TickqlError, match=r"^ES is published by board now: stop that one, or replay elsewhere"):
            await playing.run(None, loop=False, original_times=False)
        with pytest.raises(TickqlError, match=r"^another producer is known as board now: stop that one"):
            await namesake.run(None, loop=False, original_times=False)
        publisher.report(ProducerReport.model_validate(report | {"state": ProducerState.STOPPED}))
    await playing.run(None, loop=False, original_times=False)
    assert [tick.last for tick in await _stored(feed_settings, "ES")][-5:] == ["1", "2", "3", "4", "5"]


async def test_nothing_is_replayed_while_nobody_can_tell_who_publishes(tmp_path: Path, valkey: RedisServer) -> None:
    """It would take the symbols of a live producer over as soon as Redis is back, and that producer would end."""
    valkey.kill()
    playing = Replay(_file(tmp_path / "a.csv", 5), FeedSettings(redis_url=valkey.url), Console(quiet=True), None)
    async with asyncio.timeout(DEADLINE_S):
        with pytest.raises(FeedUnavailable, match=r"^redis does not answer: "):
            await playing.run(None, loop=False, original_times=False)


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        (["none.jsonl"], "none.jsonl: no such file or directory"),
        (["a.csv", "--speed", "0"], "--speed 0: give a number from 0.001 to 1000000, or max"),
        (["a.csv", "--loop", "--original-times"], "--loop with --original-times"),
        (["wrong.csv"], "wrong.csv, line 3: price 'x' is not a plain decimal"),
    ],
)
def test_what_cannot_be_replayed_is_one_line_and_publishes_nothing(
    tmp_path: Path, options: list[str], fault: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _file(tmp_path / "a.csv", 5)
    lines = _file(tmp_path / "wrong.csv", 1).read_text() + "2025-02-19 08:02:06.000,ES,x,,\n"
    (tmp_path / "wrong.csv").write_text(lines)
    monkeypatch.setenv("TICKQL_REDIS_URL", f"redis://127.0.0.1:{free_port()}/0")
    monkeypatch.setattr("sys.argv", ["tickql", "replay", str(tmp_path / options[0]), *options[1:]])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("tickql: ")
    assert fault in said.err
    assert said.err.count("\n") == 1
