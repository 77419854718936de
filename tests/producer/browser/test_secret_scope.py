"""Secrets go into the frames of the page's and the login's own site only, whatever other frames are on the page."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, Page

from tests.support.site import Site
from tests.support.waiting import DEADLINE_S, tries
from tickql.producer.browser.page_steps import PageSteps, StepRunner
from tickql.producer.browser.secret_scope import SecretScope
from tickql.producer.errors import StepFailed
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.page_steps import PageStep
from tickql.producer.timings import DEFAULT_TIMINGS, Timings

FORM = "<!doctype html><input id=password>"
LATE_FORM = "setTimeout(() => document.body.insertAdjacentHTML('beforeend', '<input id=password>'), 300)"
LAST = '[[symbol]]\nname = "ES"\nlast = "b"'

pytestmark = pytest.mark.asyncio(loop_scope="session")


def fill(*origins: str, timings: Timings = DEFAULT_TIMINGS, is_login: bool = False, value: object = None) -> PageSteps:
    step = {"fill": "#password", "value": value or {"env": "PASSWORD"}}
    scope = SecretScope(origins)
    return PageSteps(
        [PageStep.model_validate(step)], {"PASSWORD": "hunter2"}, scope, timings, "login step", is_login=is_login
    )


@asynccontextmanager
async def opened(browser: Browser, url: str) -> AsyncIterator[Page]:
    async with await browser.new_context() as context, asyncio.timeout(DEADLINE_S):
        page = await context.new_page()
        await page.goto(url)
        yield page


async def typed(page: Page) -> list[str]:
    """Return what is in the form of each frame."""
    texts = [await frame.evaluate("document.querySelector('#password')?.value ?? '-'") for frame in page.frames]
    return list(map(str, texts))


def framed(site: Site, script: str = "") -> str:
    """Put a page that holds a form of another origin, and is of the page's own. Returns its address."""
    site.put("/stranger", FORM)
    stranger = site.url("/stranger", host="localhost")
    return site.put("/own", f"<!doctype html><body><iframe src='{stranger}'></iframe><script>{script}</script>")


async def test_a_form_of_another_site_that_shows_first_gets_no_secret(browser: Browser, site: Site) -> None:
    async with opened(browser, framed(site, LATE_FORM)) as page:
        await StepRunner(page, fill(site.address)).run()
        assert await typed(page) == ["hunter2", ""]


@pytest.mark.parametrize("is_login", [False, True])
async def test_a_form_that_only_another_site_shows_is_named_with_what_allows_it(
    browser: Browser, site: Site, is_login: bool
) -> None:
    value = "typed in the file" if is_login else None
    stranger = f"http://localhost:{site.port}"
    why = f'step 1 (fill "#password"): it is in a frame of {stranger}, which may get no secret: secret_origins = ["'
    async with opened(browser, framed(site)) as page:

        async def is_named(step_s: float) -> None:
            timings = Timings(step_s=step_s)
            with pytest.raises(StepFailed) as failed:
                await StepRunner(page, fill(site.address, timings=timings, is_login=is_login, value=value)).run()
            assert why + stranger in str(failed.value)

        await tries(is_named)
        assert await typed(page) == ["-", ""]
        await StepRunner(page, fill(site.address, stranger)).run()
        assert await typed(page) == ["-", "hunter2"]


async def test_a_page_that_was_led_to_another_site_gets_no_secret(browser: Browser, site: Site) -> None:
    site.put("/stranger", FORM)
    moved = site.redirect("/moved", site.url("/stranger", host="localhost"))
    async with opened(browser, moved) as page:

        async def is_refused(step_s: float) -> None:
            with pytest.raises(StepFailed) as failed:
                await StepRunner(page, fill(site.address, timings=Timings(step_s=step_s))).run()
            assert "may get no secret" in str(failed.value)

        await tries(is_refused)
        assert await typed(page) == [""]


async def test_a_frame_without_an_address_is_one_of_the_page_around_it(browser: Browser, site: Site) -> None:
    async with opened(browser, site.put("/inner", f"<!doctype html><iframe srcdoc='{FORM}'></iframe>")) as page:
        await StepRunner(page, fill(site.address)).run()
        assert await typed(page) == ["-", "hunter2"]


async def test_a_dialog_gets_no_secret_while_a_frame_of_another_site_may_have_opened_it(
    browser: Browser, site: Site
) -> None:
    url = framed(site, "onclick = () => { document.title = String(prompt('password?')) }")
    steps = [{"click": "body"}, {"dialog": "accept", "value": {"env": "PASSWORD"}}]
    for origins, answer in (((site.address,), "null"), ((site.address, f"http://localhost:{site.port}"), "hunter2")):
        async with opened(browser, url) as page:
            parsed = [PageStep.model_validate(step) for step in steps]
            await StepRunner(page, PageSteps(parsed, {"PASSWORD": "hunter2"}, SecretScope(origins))).run()
            assert await page.title() == answer


async def test_the_scope_is_the_page_the_login_and_what_the_feed_file_names() -> None:
    page = FeedFile.parse(
        '[page]\nurl = "https://board.example.test/es?key=1"\nsecret_origins = "https://sso.example.test:8443/"\n'
        f'[page.login]\nmarker = "#a"\nurl = "https://Login.example.test:443/form"\n{LAST}'
    ).page
    assert SecretScope.of(page).origins == {
        "https://board.example.test", "https://login.example.test", "https://sso.example.test:8443",
    }  # fmt: skip


SECRET_STEP = '{ fill = "#a", value = { env = "PASSWORD" } }'
LOGIN_STEP = '[page.login]\nmarker = "#a"\nsteps = [{ fill = "#a", value = "b" }]'


@pytest.mark.parametrize(
    ("url", "page", "why"),
    [
        ("http://board.test/", f"steps = [{SECRET_STEP}]", "a secret in steps and http://board.test exclude each"),
        ("http://board.test/", LOGIN_STEP, "login.steps and http://board.test exclude each other: secrets are sent"),
        ("http://board.test/", 'http_auth = { username = "a", password = "b" }', "http_auth and http://board.test"),
        ("https://board.test/", LOGIN_STEP + '\nurl = "http://sso.test/"', "login.steps and http://sso.test exclude"),
        ("https://board.test/", 'secret_origins = ["http://sso.test"]', "http://sso.test is not encrypted: secrets"),
        (
            "https://board.test/",
            'secret_origins = ["https://sso.test/x"]',
            "'https://sso.test/x' is not an origin, such",
        ),
    ],
)
async def test_secrets_over_an_unencrypted_connection_to_another_machine_are_refused(
    url: str, page: str, why: str
) -> None:
    with pytest.raises(ValueError, match=rf"^feed\.toml: \[page.*{re.escape(why)}"):
        FeedFile.parse(f'[page]\nurl = "{url}"\n{page}\n{LAST}')


@pytest.mark.parametrize("url", ["http://127.0.0.1:8/", "http://[::1]/", "http://localhost/", "http://a.localhost/"])
async def test_this_machine_needs_no_encryption(url: str) -> None:
    FeedFile.parse(f'[page]\nurl = "{url}"\n{LOGIN_STEP}\n{LAST}')
