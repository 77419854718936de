"""A price that can be read in several ways: shown with the keys for each, asked at a terminal, left out elsewhere."""

import asyncio
import os
import pty
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.support.site import Site
from tickql.producer.discover.inference.readings import Choice, Reading
from tickql.producer.discover.session import Discovery, discover_in
from tickql.producer.discover.visit import DiscoveryRequest
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.page_settings import PageSettings

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120), pytest.mark.long]

_DEADLINE_S = 60.0
_PAGE = """<!doctype html><title>Board</title><table><tr><th>Symbol<th>Bid<th>Ask</tr>
<tr><td>ES<td><td></tr><tr><td>NQ<td><td></tr></table><script>
let n = 10
const bid = (n) => `{bid}`
const rows = [...document.querySelectorAll("tr")].slice(1)
setInterval(() => {{ n = 10 + (n * 37) % 80; rows.forEach((row, index) => {{
  row.cells[1].innerHTML = bid(n, index); row.cells[2].textContent = `${{12 + index}}.${{n}}` }}) }}, 60)
</script>"""
_BIDS = {
    "cents": "12<sup>${n}</sup>",
    "size": "12.${n} x 400",
    "stacked": "12.${n}<br>400",
    "german": "1.299<sup>${n}</sup>",
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def site() -> AsyncIterator[Site]:
    async with Site() as site:
        for name, bid in _BIDS.items():
            site.put(f"/{name}", _PAGE.format(bid=bid), kind="text/html")
        yield site


async def _discovery(browser: Browser, site: Site, name: str, answer: int | None) -> tuple[list[Choice], Discovery]:
    asked: list[Choice] = []

    async def ask(choice: Choice) -> Reading | None:
        asked.append(choice)
        return None if answer is None else choice.readings[answer]

    request = DiscoveryRequest(PageSettings(url=site.url(f"/{name}")), Path("feed.toml"), 3.0)
    return asked, await discover_in(browser, request, lambda *_: None, ask)


_ANSWERS = [
    ("cents", 0, 'raised = "cents"', "12."),
    ("cents", 1, 'raised = "footnote"', "12"),
    ("size", 0, 'match = "(.+) x [0-9.,\']+"', "12."),
    ("size", 1, 'match = ".+ x (.+)"', "400"),
    ("stacked", 0, 'match = "(.+) [0-9.,\']+"', "12."),
]


async def test_each_answer_is_a_key_with_which_the_producer_reads_the_price_that_was_shown_for_it(
    browser: Browser, site: Site
) -> None:
    discoveries = await asyncio.gather(*(_discovery(browser, site, name, number) for name, number, _, _ in _ANSWERS))
    for (_, number, key, price), (asked, found) in zip(_ANSWERS, discoveries, strict=True):
        assert [choice.name for choice in asked] == ["Bid"]
        assert f"{key} gives {asked[0].readings[number].gives}" in asked[0].line
        assert asked[0].readings[number].gives.startswith(price)
        assert found.faults == ()
        assert found.findings.choices == ()
        [rule] = FeedFile.parse(found.text).rules
        assert list(rule.fields) == ["ask", "bid"]
        assert key in found.text


async def test_a_price_without_an_answer_is_left_out_and_its_keys_are_in_comments(browser: Browser, site: Site) -> None:
    _, found = await _discovery(browser, site, "cents", None)
    [rule] = FeedFile.parse(found.text).rules
    assert list(rule.fields) == ["ask"]
    commented = [line.removeprefix("# ") for line in found.text.splitlines() if line.startswith("# bid = ")]
    assert [line.partition("raised = ")[2].partition(" ")[0] for line in commented] == ['"cents"', '"footnote"']
    # Each of them is right as it stands, without the sign of a comment.
    for line in commented:
        text = found.text.replace(f"# {line}", line)
        assert list(FeedFile.parse(text).rules[0].fields) == ["ask", "bid"]


async def test_a_point_that_may_group_gives_more_ways_each_with_its_format(browser: Browser, site: Site) -> None:
    [choice], _ = await _discovery(browser, site, "german", None)
    ways = {each.partition(" gives ")[0] for each in choice.answers}
    assert 'format = "1.234,56", raised = "cents"' in ways
    assert 'format = "1,234.56", raised = "footnote"' in ways


async def _command(site: Site, folder: Path, streams: dict[str, int]) -> asyncio.subprocess.Process:
    arguments = ("discover", site.url("/cents"), "-o", str(folder / "feed.toml"), "--seconds", "2")
    code = "from tickql.cli.main import main; main()"
    return await asyncio.create_subprocess_exec(sys.executable, "-c", code, *arguments, **streams)  # type: ignore[arg-type]


async def test_without_a_terminal_the_exit_code_and_one_line_say_that_a_price_is_left_out(
    site: Site, tmp_path: Path
) -> None:
    pipes = {"stdin": asyncio.subprocess.DEVNULL, "stdout": asyncio.subprocess.PIPE, "stderr": asyncio.subprocess.PIPE}
    process = await _command(site, tmp_path, pipes)
    async with asyncio.timeout(_DEADLINE_S):
        _, errors = await process.communicate()
    assert process.returncode == 1
    [line] = errors.decode().splitlines()
    assert "feed.toml: a price is left out: choose in the file how to read '12' and raised '" in line
    assert list(FeedFile.load(tmp_path / "feed.toml").rules[0].fields) == ["ask"]


@pytest.mark.parametrize(
    ("typed", "fields"),
    [pytest.param(b"7\n1\n", ["ask", "bid"], marks=pytest.mark.brief), (b"\n", ["ask"])],
)
async def test_at_a_terminal_it_asks_until_the_answer_is_one_of_the_numbers_and_enter_leaves_the_price_out(
    site: Site, tmp_path: Path, typed: bytes, fields: list[str]
) -> None:
    ours, theirs = pty.openpty()
    process = await _command(site, tmp_path, {"stdin": theirs, "stdout": theirs, "stderr": theirs})
    os.close(theirs)
    shown = ""
    with suppress(OSError):  # the terminal's end
        async with asyncio.timeout(_DEADLINE_S):
            while more := await asyncio.to_thread(os.read, ours, 4096):
                shown += more.decode(errors="replace")
                if typed and "Which one, 1 to 2? Enter leaves the price out: " in shown:
                    os.write(ours, typed)
                    typed = b""
    os.close(ours)
    assert await process.wait() == 0, shown
    assert 'raised = "cents" gives 12.' in shown
    assert list(FeedFile.load(tmp_path / "feed.toml").rules[0].fields) == fields
