"""What is between a visitor and the prices of a page is told, with the option that gets past it."""

import shlex

import pytest
from playwright.async_api import Browser

from tickql.cli.page_options import PageOptions
from tickql.producer.discover.page.obstacles import describe_obstacles
from tickql.producer.feedfile.page_steps import PageStep

pytestmark = pytest.mark.asyncio(loop_scope="session")

WALL = """<div style="position:fixed;inset:0"><p>We value your privacy</p><button>Settings</button>
<button>Accept all</button></div>"""


@pytest.mark.parametrize(
    ("body", "hint"),
    [
        (WALL, "a dialog is over the page: try --dismiss 'text=Accept all'"),
        ("<dialog open><button>Einverstanden</button></dialog>", "try --dismiss text=Einverstanden"),
        (
            "<div role=tablist><a role=tab aria-selected=true>News</a><a role=tab>Futures</a></div>",
            "tabs are not open (Futures): try --step 'click text=Futures'",
        ),
        (
            "<select id=market><option>News<option>Futures</select>",
            """there is a choice (News, Futures): try --step 'choose = "#market", value = "Futures"'""",
        ),
        (
            "<div style='height:3000px'>",
            "the page is longer than its window: try --viewport 1280x3016, or --step 'scroll html'",
        ),
        (
            "<div class=list style='height:100px;overflow:auto'><p style='height:900px'></div>",
            "a part of it scrolls: try --step 'scroll .list'",
        ),
        ("<p>nothing", None),
    ],
)
async def test_each_obstacle_is_told_with_its_option(browser: Browser, body: str, hint: str | None) -> None:
    async with await browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = await context.new_page()
        await page.set_content(f"<!doctype html><body style='margin:8px'>{body}")
        found = await describe_obstacles(page)
    assert found == hint if hint is None else hint in (found or "")


@pytest.mark.long
@pytest.mark.parametrize(
    "body",
    [
        pytest.param("<select name=market><option>News<option>Futures</select>", marks=pytest.mark.brief),
        """<select name='a"b]'><option>News<option>Futures</select>""",
        """<select name=market><option>News<option value=f>The "front" month</select>""",
        """<select name=market><option>News<option value=f>Dow's "30"</select>""",
        "<select name=market><option>News<option value=f>C:\\new</select>",
        "<select name=market><option>News<option value=f>Futures\n  (CME)</select>",
        "<select id='a.b'><option>News<option label=Futures value=f>F</select>",
        '<a role=tab>The "front" month</a>',
        "<a role=tab>'Futures'</a>",
        "<a role=tab>/ES/</a>",
        "<a role=tab>Futures >> all</a>",
        "<a role=tab>Currencies<br>(12)</a>",
    ],
)
async def test_the_step_that_is_told_is_read_and_finds_its_element(browser: Browser, body: str) -> None:
    async with await browser.new_context() as context:
        page = await context.new_page()
        await page.set_content(f"<!doctype html><p>Futures<p>all<p>(12)</p>{body}")
        hint = await describe_obstacles(page)
        option, text = shlex.split((hint or "").split("try ")[1])[:2]
        [given] = PageOptions(steps=[text]).keys()["steps"]
        step = PageStep.model_validate(given)
        if step.choose is not None:
            assert isinstance(step.value, str)
            await page.select_option(step.choose, step.value, timeout=2000)
            chosen = await page.evaluate("document.querySelector('select').selectedIndex")
        else:
            await page.evaluate("document.querySelector('[role=tab]').onclick = () => { window.opened = 1; }")
            await page.click(step.click or "", timeout=2000)
            chosen = await page.evaluate("window.opened")
    assert (option, chosen) == ("--step", 1)
