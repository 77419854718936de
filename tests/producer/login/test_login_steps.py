"""Steps of a login on pages whose frames come and go."""

import asyncio

import pytest
from playwright.async_api import Browser

from tests.support.recorder import DEADLINE_S
from tests.support.site import Site
from tickql.producer.login.login_steps import wait_visible

pytestmark = pytest.mark.asyncio(loop_scope="session")

FRAMES_COME_AND_GO = """<!doctype html><body><script>
setInterval(() => {
  for (const frame of document.querySelectorAll("iframe")) frame.remove();
  for (let n = 0; n < 3; n++) document.body.append(document.createElement("iframe"));
}, 2);
setTimeout(() => document.body.insertAdjacentHTML("beforeend", "<button id=late>Sign in</button>"), 1500);
</script>"""


async def test_frames_that_come_and_go_do_not_disturb_a_step(browser: Browser, site: Site) -> None:
    async with await browser.new_context() as context, asyncio.timeout(DEADLINE_S):
        page = await context.new_page()
        await page.goto(site.put("/frames", FRAMES_COME_AND_GO), wait_until="commit")
        assert await (await wait_visible(page, "#late")).inner_text() == "Sign in"
