"""Elements on pages whose frames come and go."""

import asyncio

import pytest
from playwright.async_api import Browser

from tests.support.site import Site
from tests.support.waiting import DEADLINE_S
from tickql.producer.browser.element_search import wait_visible

pytestmark = pytest.mark.asyncio(loop_scope="session")

REPLACE_FRAMES = """() => {
  for (const frame of document.querySelectorAll("iframe")) frame.remove();
  for (let n = 0; n < 3; n++) document.body.append(document.createElement("iframe"));
}"""


@pytest.mark.long
async def test_frames_that_come_and_go_do_not_disturb_a_step(browser: Browser, site: Site) -> None:
    async with await browser.new_context() as context, asyncio.timeout(DEADLINE_S), asyncio.TaskGroup() as tasks:
        page = await context.new_page()
        await page.goto(site.put("/frames", "<!doctype html><body>"), wait_until="commit")

        async def replace_frames() -> None:
            for _ in range(60):
                # One after the other: no machine gets behind.
                await page.evaluate(REPLACE_FRAMES)
            await page.evaluate("document.body.innerHTML = '<button id=late>Sign in</button>'")

        tasks.create_task(replace_frames())
        assert await (await wait_visible(page, "#late")).inner_text() == "Sign in"
