"""The browser: found, startable, in its sandbox, and a page in it as quick as it must be."""

from importlib import metadata

from tickql.cli.doctor.finding import Finding, failed, ok, warning
from tickql.producer.browser.launch import SANDBOX_ADVICE
from tickql.producer.errors import BrowserBroken, BrowserNotFound, ProducerError, SandboxRefused
from tickql.producer.inspect.browser_check import BrowserFound, try_browser, try_page
from tickql.producer.inspect.inspection import Inspection

_FAR_MAJORS = 20
_GOOD_HZ, _POOR_HZ = 80.0, 20.0


async def browser_findings() -> list[Finding]:
    """All about the browser; what cannot be tried without what is missing is left out."""
    try:
        found = await try_browser()
    except BrowserNotFound as error:
        return [
            failed("browser", str(error), "`playwright install chromium`, your system's package, or TICKQL_BROWSER")
        ]
    except SandboxRefused as error:
        return [failed("browser", str(error).partition(":")[0], SANDBOX_ADVICE)]
    except BrowserBroken as error:
        return [
            failed("browser", str(error), "start it by hand to see what it lacks; or name another in TICKQL_BROWSER")
        ]
    findings = [version(found), sandbox(found)]
    try:
        return [*findings, page(await try_page())]
    except ProducerError as error:
        return [*findings, failed("page", str(error), "see `browser` above")]


def version(found: BrowserFound) -> Finding:
    """Whether browser and Playwright are of about the same age."""
    playwright = f"Playwright {metadata.version('playwright')}"
    shown = f"{found.path}, {found.version}"
    if found.made_for is None:
        return ok("browser", f"{shown}; {playwright}")
    shown = f"{shown}; {playwright} is made for {found.made_for}"
    if abs(_major(found.version) - _major(found.made_for)) > _FAR_MAJORS:
        return warning("browser", shown, "bring the older of the two up to date")
    return ok("browser", shown)


def sandbox(found: BrowserFound) -> Finding:
    """Whether what a page does is kept away from this machine."""
    if not found.has_sandbox:
        return warning("sandbox", "off, for this runs as root", "run tickql as an ordinary user")
    return ok("sandbox", "on")


def page(seen: Inspection) -> Finding:
    """How often a page's timers fire and its changes are seen, where 100 times a second is right."""
    if seen.timer_hz is None or not seen.fields:
        return failed("page", f"a page of our own is {seen.state}: {seen.reason}", "see the browser's own log")
    rate = seen.fields[0].changes_per_s
    found = f"timers at {seen.timer_hz:.0f} Hz, {rate:.0f} changes a second seen, of 100"
    if min(seen.timer_hz, rate) < _GOOD_HZ:
        judge = failed if min(seen.timer_hz, rate) < _POOR_HZ else warning
        return judge("page", found, "have less run on this machine, or give it more processors")
    return ok("page", found)


def _major(version: str) -> int:
    return int(version.partition(".")[0])
