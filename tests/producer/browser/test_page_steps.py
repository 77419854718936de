"""Steps on a real page: each kind does what a person would do; one that cannot be done says which, and why."""

import asyncio

import pytest
from playwright.async_api import Browser

from tests.support.site import Site
from tests.support.waiting import DEADLINE_S, tries
from tickql.producer.browser.page_steps import PageSteps, StepRunner
from tickql.producer.browser.secret_scope import SecretScope
from tickql.producer.errors import SecretMissing, StepFailed
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.page_steps import PageStep
from tickql.producer.timings import DEFAULT_TIMINGS, Timings

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGE = """<!doctype html><meta charset=utf-8><title>steps</title><body>
<input id=q><select id=market><option value=a>Alles<option value=f>Futures</select>
<button id=tab onclick="log('tab')">Futures</button><i id=menu onmouseover="log('menu')">menu</i>
<button id=ask onclick="log(confirm('sure?'), prompt('name?'))">ask</button>
<button id=off disabled>off</button>
<div style="position:relative"><button id=under>under</button><p class=wall
  style="position:absolute;inset:0;margin:0">wall</p></div>
<div id=list style="height:100px;overflow:auto"></div>
<script>
const said = []; const log = (...each) => said.push(...each);
q.onkeydown = event => log(event.key, q.value); market.onchange = () => log(market.value);
let rows = 0;
const more = () => { for (let n = 0; n < 20 && rows < 60; n++) list.append(Object.assign(document.createElement("div"),
  {textContent: `row ${++rows}`})); };
more(); list.onscroll = () => { if (list.scrollTop + 101 >= list.scrollHeight) setTimeout(more, 50); };
</script>"""
NOWHERE = SecretScope([])


def steps_of(*steps: dict[str, object], scope: SecretScope = NOWHERE, timings: Timings = DEFAULT_TIMINGS) -> PageSteps:
    return PageSteps([PageStep.model_validate(step) for step in steps], {"NAME": "ada secret"}, scope, timings)


async def done(browser: Browser, site: Site, steps: PageSteps) -> list[object]:
    """Run steps on the page. Returns what the page says was done on it."""
    async with await browser.new_context() as context, asyncio.timeout(DEADLINE_S):
        page = await context.new_page()
        runner = StepRunner(page, steps)
        await page.goto(site.put("/steps", PAGE))
        await page.locator("#tab").wait_for()
        await runner.run()
        runner.close()
        said: list[object] = await page.evaluate("[...said, rows, list.scrollTop]")
        return said


async def test_each_kind_of_step_does_what_a_person_would(browser: Browser, site: Site) -> None:
    steps = steps_of(
        {"wait": "#tab"},
        {"fill": "#q", "value": {"env": "NAME"}},
        {"press": "Enter"},
        {"choose": "#market", "value": "Futures"},
        {"click": "#tab"},
        {"hover": "#menu"},
        {"click": "#ask"},
        {"dialog": "accept"},
        {"dialog": "accept", "value": "ES"},
        {"scroll": "#list"},
        scope=SecretScope([site.address]),
    )
    said = await done(browser, site, steps)
    assert said == ["Enter", "ada secret", "f", "tab", "menu", True, "ES", 60, 0]


@pytest.mark.long
async def test_a_dialog_that_no_step_answers_is_dismissed(browser: Browser, site: Site) -> None:
    assert await done(browser, site, steps_of({"click": "#ask"})) == [False, None, 20, 0]


@pytest.mark.long
async def test_scrolling_ends_after_its_count(browser: Browser, site: Site, caplog: pytest.LogCaptureFixture) -> None:
    assert (await done(browser, site, steps_of({"scroll": "#list", "times": 1})))[-1] == 0
    assert 'step 1 (scroll "#list"): still growing' in caplog.text


@pytest.mark.parametrize(
    ("step", "why"),
    [
        ({"click": "#nope"}, 'step 1 (click "#nope"): nothing that it matches is visible within {} s'),
        ({"click": "#under"}, 'not in {} s: <p class="wall">wall</p> intercepts pointer events'),
        pytest.param({"click": "#off"}, "not in {} s: element is not enabled", marks=pytest.mark.long),
        pytest.param({"fill": "#tab", "value": {"env": "NAME"}}, "is not an <input>", marks=pytest.mark.long),
        pytest.param(
            {"choose": "#market", "value": "Bonds"},
            'step 1 (choose "#market"): not in {} s: did not find some options',
            marks=pytest.mark.long,
        ),
        pytest.param(
            {"dialog": "accept"},
            'step 1 (dialog "accept"): the page opens no such dialog within {} s',
            marks=pytest.mark.long,
        ),
        pytest.param({"click": "b["}, 'step 1 (click "b[")', marks=pytest.mark.long),
    ],
)
async def test_a_step_that_cannot_be_done_is_named_with_the_reason(
    browser: Browser, site: Site, step: dict[str, object], why: str
) -> None:
    async def fails(step_s: float) -> None:
        steps = steps_of(step, scope=SecretScope([site.address]), timings=Timings(step_s=step_s))
        with pytest.raises(StepFailed) as failed:
            await done(browser, site, steps)
        said = str(failed.value)
        assert why.format(f"{step_s:.0f}") in said
        assert "\n" not in said
        assert "secret" not in said

    await tries(fails)


async def test_a_missing_secret_is_an_error_before_anything_starts() -> None:
    with pytest.raises(SecretMissing, match=r'^step 1 \(fill "#q"\) needs the environment variable NAME: set it$'):
        PageSteps([PageStep.model_validate({"fill": "#q", "value": {"env": "NAME"}})], {}, NOWHERE)


@pytest.mark.parametrize(
    ("step", "why"),
    [
        ('{ click = "#a", press = "Enter" }', "a step is one of fill, choose, .* and dialog, not click and press"),
        ("{ }", "not none of them"),
        ('{ choose = "#a" }', "choose and value go together"),
        ('{ click = "#a", value = "b" }', "value belongs to fill, choose or dialog, not to click"),
        ('{ click = "#a", times = 3 }', "times belongs to scroll, not to click"),
        ('{ clik = "#a" }', "unknown key 'clik': did you mean 'click'"),
    ],
)
async def test_a_wrong_step_is_one_line(step: str, why: str) -> None:
    text = f'[page]\nurl = "http://localhost/"\nsteps = [{step}]\n[[symbol]]\nname = "ES"\nlast = "b"'
    with pytest.raises(ValueError, match=rf"^feed\.toml: \[page\], steps: .*{why}"):
        FeedFile.parse(text)
