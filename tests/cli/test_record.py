"""A recording of a page or of the feed: whole lines, whatever ends it; one line where there is nothing to record."""

import asyncio
import io
import os
import re
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from rich.console import Console

from tests.support.market import fill, quote
from tests.support.process import program
from tests.support.reading import client, new_epoch
from tests.support.site import Site
from tests.support.waiting import DEADLINE_S, until
from tickql.cli.errors import TickqlError
from tickql.cli.main import main
from tickql.cli.record import Recorder, record
from tickql.feed.embedded.ports import free_port
from tickql.feed.settings import FeedSettings
from tickql.feed.status import ProducerReport, ProducerState
from tickql.producer.errors import RecordingError
from tickql.producer.recording.recording_file import read_recording
from tickql.producer.recording.recording_format import RecordingFormat

TICKING = """<!doctype html><b id=last>0.00</b><script>
let n = 0; setInterval(() => { last.textContent = (++n).toFixed(2); }, 20);</script>"""


@pytest.fixture
async def feed_file(tmp_path: Path) -> AsyncIterator[Path]:
    async with Site() as site:
        path = tmp_path / "board.toml"
        path.write_text(f'[page]\nurl = "{site.put("/", TICKING)}"\n[[symbol]]\nname = "ES"\nlast = "#last"\n')
        yield path


async def test_every_change_that_a_page_shows_is_in_the_file(feed_file: Path) -> None:
    path = feed_file.with_name("a.csv")
    async with program("-m", "tickql", "record", str(feed_file), "-o", str(path)) as recording:

        async def some() -> bool:
            return path.is_file() and len(path.read_bytes().splitlines()) > 40

        await until(some)
        recording.process.send_signal(signal.SIGINT)
        assert await recording.ends() == 0
    recorded = list(read_recording(path))
    assert all(quote.symbol == "ES" and quote.ask is None for quote in recorded)
    lasts = [quote.last or "" for quote in recorded]
    begin = int(float(lasts[0]))
    assert lasts == [f"{number}.00" for number in range(begin, begin + len(lasts))], "every change, digits as shown"
    assert recording.output[-1].startswith(f"recorded {len(recorded)} quotes of 1 symbol in ")


async def _numbered(recorder: Recorder) -> None:
    for number in range(1, 1_000_000):
        recorder.publish(quote(number))
        await asyncio.sleep(0.01)


async def test_it_ends_by_itself_when_that_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    recorder = Recorder(path, Console(quiet=True), None, overwrite=False)
    async with asyncio.timeout(DEADLINE_S):
        await recorder.run(_numbered(recorder), 0.3)
    recorded = list(read_recording(path))
    assert recorded == [quote(number) for number in range(1, len(recorded) + 1)]
    assert 0 < len(recorded) < 40


async def test_a_full_disk_ends_it() -> None:
    recorder = Recorder(Path("/dev/full"), Console(quiet=True), RecordingFormat.JSONL, overwrite=True)
    async with asyncio.timeout(DEADLINE_S):
        with pytest.raises(RecordingError, match=r"^/dev/full: no space left on device after 0 quotes$"):
            await recorder.run(_numbered(recorder), None)


async def test_a_fault_of_the_page_is_printed_at_once_and_at_the_end(tmp_path: Path) -> None:
    path, said = tmp_path / "a.jsonl", io.StringIO()
    recorder = Recorder(path, Console(file=said, width=200), None, overwrite=False, first_quote_s=0.2)
    why = "the page does not load: net::ERR_CONNECTION_REFUSED"

    async def stale() -> None:
        recorder.report(
            ProducerReport(source="a", state=ProducerState.STALE, reason=why, since_us=1, heard_us=1, symbols={})
        )
        await asyncio.Event().wait()

    with pytest.raises(TickqlError, match=f"^nothing was recorded: {why}$"):
        await recorder.run(stale(), 60)
    assert f"the page is STALE: {why}" in said.getvalue()
    assert os.listdir(tmp_path) == []


async def test_from_the_feed_it_takes_what_comes_from_now_on_and_tells_of_gaps(
    tmp_path: Path, feed_settings: FeedSettings
) -> None:
    await fill(feed_settings, 1, 2, 3)
    path, said = tmp_path / "a.jsonl", io.StringIO()
    recording = asyncio.create_task(record([], feed_settings, path, Console(file=said, width=200)))
    async with client(feed_settings) as redis:

        async def listened_to() -> bool:
            ((_, count),) = await redis.pubsub_numsub(feed_settings.keys.channel("ES"))
            return bool(count)

        await until(listened_to)
    await fill(feed_settings, 4, 5)
    await new_epoch(feed_settings)
    await fill(feed_settings, 6, 7)

    async def written() -> bool:
        return len(list(read_recording(path))) == 4

    await until(written)
    recording.cancel()
    with pytest.raises(asyncio.CancelledError):
        await recording
    assert list(read_recording(path)) == [quote(number) for number in (4, 5, 6, 7)]
    assert re.search(r"ticks of ES are lost: RESTARTED", said.getvalue())


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ([], "name the file to write: -o FILE.jsonl, or -o FILE.csv"),
        (["-o", "a.jsonl"], "name what to record: one feed file, or --from-feed and symbols"),
        (["a.toml", "b.toml", "-o", "a.jsonl"], "name what to record: one feed file"),
        (["none.toml", "-o", "a.jsonl"], "none.toml: no such file or directory"),
        (["good.toml", "-o", "a.txt"], "a.txt: unknown suffix: use .jsonl or .csv, or name the format"),
        (["good.toml", "-o", "good.toml", "--format", "csv"], "good.toml exists: name another file, or"),
        (["--from-feed", "E S", "-o", "a.csv"], "symbol 'E S' is not 1 to 32 letters"),
        (["--from-feed", "-o", "a.csv"], "redis does not answer"),
    ],
)
def test_what_cannot_be_recorded_is_one_line_and_leaves_no_file(
    tmp_path: Path, options: list[str], fault: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("good.toml").write_text('[page]\nurl = "http://localhost/"\n[[symbol]]\nname = "ES"\nlast = "b"\n')
    monkeypatch.setenv("TICKQL_REDIS_URL", f"redis://127.0.0.1:{free_port()}/0")
    monkeypatch.setattr("sys.argv", ["tickql", "record", *options])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    said = capsys.readouterr().err
    assert said.startswith("tickql: ")
    assert fault in said
    assert said.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["good.toml"]
