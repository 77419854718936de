"""Checks of the browser: it is found, it starts, its sandbox is on, and a page in it is fast enough."""

from importlib import metadata

from tickql.cli.doctor.finding import Finding, failed, ok, warning
from tickql.producer.browser.sandbox import SANDBOX_ADVICE
from tickql.producer.errors import BrowserBroken, BrowserNotFound, ProducerError, SandboxRefused
from tickql.producer.inspect.browser_check import BrowserFound, try_browser, try_page
from tickql.producer.inspect.inspection import Inspection

# Playwright drives browsers some versions older or newer than the one it is made for.
_FAR_MAJORS = 20
# The test page changes 100 times a second.
_GOOD_HZ, _POOR_HZ = 80.0, 20.0


async def browser_findings() -> list[Finding]:
    """Run all checks of the browser. A check that needs something that is missing is left out."""
    try:
        found = await try_browser()
    except BrowserNotFound as error:
        return [failed("browser", str(error), "`tickql install-browser`, or TICKQL_BROWSER")]
    except SandboxRefused as error:
        return [failed("browser", str(error).partition(":")[0], SANDBOX_ADVICE)]
    except BrowserBroken as error:
        return [
            failed(
                "browser",
                str(error),
                "start it by hand to see what is missing, or set TICKQL_BROWSER to another",
            )
        ]
    findings = [version(found), sandbox(found)]
    try:
        return [*findings, page(await try_page())]
    except ProducerError as error:
        return [*findings, failed("page", str(error), "see `browser` above")]


def version(found: BrowserFound) -> Finding:
    """Check that the browser and Playwright are of about the same age."""
    playwright = f"Playwright {metadata.version('playwright')}"
    shown = f"{found.path}, {found.version}"
    if found.made_for is None:
        return ok("browser", f"{shown}; {playwright}")
    shown = f"{shown}; {playwright} is made for {found.made_for}"
    if abs(_major(found.version) - _major(found.made_for)) > _FAR_MAJORS:
        return warning("browser", shown, "update the older of the two")
    return ok("browser", shown)


def sandbox(found: BrowserFound) -> Finding:
    """Check that the sandbox is on: it keeps a page away from this machine."""
    if found.has_agreed:
        return ok("sandbox", "off, as TICKQL_NO_SANDBOX or --no-sandbox agrees")
    if not found.has_sandbox:
        return warning(
            "sandbox",
            "off, because tickql runs as root: a hostile page that breaks out of the browser owns this machine",
            "run tickql as an ordinary user, or agree with --no-sandbox (TICKQL_NO_SANDBOX=1)",
        )
    return ok("sandbox", "on")


def page(seen: Inspection) -> Finding:
    """Check how often the timers of a page fire and how many of its changes are seen: both 100 times a second."""
    if seen.timer_hz is None or not seen.fields:
        return failed("page", f"the test page is {seen.state}: {seen.reason}", "look at the log of the browser")
    rate = seen.fields[0].changes_per_s
    found = f"timers at {seen.timer_hz:.0f} Hz, {rate:.0f} changes a second seen, of 100"
    if min(seen.timer_hz, rate) < _GOOD_HZ:
        judge = failed if min(seen.timer_hz, rate) < _POOR_HZ else warning
        return judge("page", found, "run fewer programs on this machine, or give it more processors")
    return ok("page", found)


def _major(version: str) -> int:
    return int(version.partition(".")[0])
