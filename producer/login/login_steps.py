"""The steps of a login from the feed file, run on a page. Secrets never appear in messages."""

import asyncio
from collections.abc import Awaitable, Mapping

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Frame, Locator, Page

from tickql.producer.errors import LoginFailed, SecretMissing
from tickql.producer.feedfile.login_settings import LoginSettings, LoginStep, Secret
from tickql.producer.feedfile.selectors import playwright_selector
from tickql.producer.timings import DEFAULT_TIMINGS, Timings

_POLL_S = 0.1
"""Period of looking for an element: Playwright's own wait sees one frame only."""


class LoginSteps:
    """The login steps of a feed file, with the secrets they need.

    Raises:
        SecretMissing: an environment variable that a step names is not set, or empty.
    """

    def __init__(self, settings: LoginSettings, environ: Mapping[str, str], timings: Timings = DEFAULT_TIMINGS) -> None:
        self.settings = settings
        self.has_filled_in = False
        """Whether the newest run has filled in everything: then the site may have counted it as an attempt."""
        self._step_s = timings.login_step_s
        self._secrets = dict(_secrets(settings, environ))

    def mask(self, text: str) -> str:
        """Replace the secrets in a text by `***`."""
        # Longest first: one secret may be a part of another.
        for secret in sorted(self._secrets.values(), key=len, reverse=True):
            text = text.replace(secret, "***")
        return text

    async def run(self, page: Page, url: str) -> None:
        """Run all steps, and wait until the page shows that the user is logged in.

        Raises:
            LoginFailed: says at which step, and why.
        """
        self.has_filled_in = False
        await self._complete(page.goto(url, wait_until="domcontentloaded"), f"login at {url.partition('?')[0]}")
        fills = sum(step.fill is not None for step in self.settings.steps)
        for number, step in enumerate(self.settings.steps, 1):
            await self._complete(self._run_step(page, step), f"login step {number} ({step})")
            fills -= step.fill is not None
            self.has_filled_in = fills == 0
        refused = f"the site does not accept the login ({_missing_sign(self.settings)})"
        await self._complete(_wait_logged_in(page, self.settings), refused)

    async def _run_step(self, page: Page, step: LoginStep) -> None:
        if step.press is not None:
            await page.keyboard.press(step.press)
            return
        target = await wait_visible(page, step.fill or step.click or step.wait or "")
        if step.fill is not None:
            await target.fill(self._secrets[step.value.env] if isinstance(step.value, Secret) else step.value or "")
        elif step.click is not None:
            await target.click()

    async def _complete(self, action: Awaitable[object], name: str) -> None:
        """Wait for an action, with the deadline of a step. `name`: the step and the action, for the error."""
        try:
            async with asyncio.timeout(self._step_s):
                await action
        except TimeoutError:
            raise LoginFailed(f"{name}: not in {self._step_s:.0f} s") from None
        except PlaywrightError as error:
            # After its first line, Playwright's message is a log of its calls, with the texts that were filled in.
            raise LoginFailed(self.mask(f"{name}: {str(error).partition(chr(10))[0]}")) from None


async def wait_visible(page: Page, selector: str) -> Locator:
    """Wait for a visible element in any frame of the page, without a deadline. Returns the first such element."""
    while True:
        for frame in page.frames:
            found = frame.locator(playwright_selector(selector)).filter(visible=True).first
            if await _matches(found, frame):
                return found
        # Playwright's own wait sees one frame only, and a frame may be added later.
        await asyncio.sleep(_POLL_S)


async def is_logged_in(page: Page, settings: LoginSettings) -> bool:
    """Whether the page shows now that the user is logged in."""
    if settings.marker:
        return any([await _is_present(page, selector, visible=False) for selector in settings.marker])
    return not any([await _is_present(page, selector, visible=True) for selector in settings.logged_out])


def _missing_sign(settings: LoginSettings) -> str:
    """Why the page does not count as logged in, for people."""
    if settings.marker:
        return f'"{settings.marker[0]}" is not on the page'
    return f'"{settings.logged_out[0]}" is still shown'


async def _wait_logged_in(page: Page, settings: LoginSettings) -> None:
    while True:
        if await is_logged_in(page, settings):
            return
        await asyncio.sleep(_POLL_S)


async def _is_present(page: Page, selector: str, *, visible: bool) -> bool:
    for frame in page.frames:
        found = frame.locator(playwright_selector(selector))
        if await _matches(found.filter(visible=True) if visible else found, frame):
            return True
    return False


async def _matches(found: Locator, frame: Frame) -> bool:
    try:
        return bool(await found.count())
    except PlaywrightError:
        # Frames of advertisements and captchas may be removed at any moment.
        if frame.is_detached():
            return False
        raise


def _secrets(settings: LoginSettings, environ: Mapping[str, str]) -> Mapping[str, str]:
    secrets = {}
    for number, step in enumerate(settings.steps, 1):
        if not isinstance(step.value, Secret):
            continue
        secret = environ.get(step.value.env)
        if not secret:
            raise SecretMissing(f"login step {number} ({step}) needs the environment variable {step.value.env}: set it")
        secrets[step.value.env] = secret
    return secrets
