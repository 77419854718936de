"""The accessibility checks of axe-core, run in a page."""

from pathlib import Path

from playwright.async_api import Page

_AXE = Path(__file__).parents[2] / "clients/web/node_modules/axe-core/axe.min.js"


async def violations(page: Page) -> list[str]:
    """Return what axe finds wrong with the page as it is now: the rule, and the first element that breaks it."""
    # Not as a script element: the page's policy allows none but its own.
    await page.evaluate(_AXE.read_text())
    found: list[str] = await page.evaluate(
        """async () => (await axe.run()).violations.map(
            ({id, nodes}) => `${id}: ${nodes[0].html} ${nodes[0].failureSummary}`)"""
    )
    return found
