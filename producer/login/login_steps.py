"""The steps of a login, done on a page, with secrets that nobody gets to see."""

import asyncio
from collections.abc import Awaitable, Mapping

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Frame, Locator, Page

from tickql.producer.errors import LoginFailed, SecretMissing
from tickql.producer.feedfile.login_settings import LoginSettings, LoginStep, Secret
from tickql.producer.feedfile.selectors import playwright_selector

STEP_S = 15.0
"""How long a step may take, and the sign that one is logged in."""
_LOOK_S = 0.1


class LoginSteps:
    """Logs in on a page.

    Raises:
        SecretMissing: an environment variable that a step names is not set, or empty.
    """

    def __init__(self, settings: LoginSettings, environ: Mapping[str, str]) -> None:
        self.settings = settings
        self.sent = False
        """Whether the latest run got so far as to fill in everything: then the site may have counted it."""
        self._secrets = dict(_secrets(settings, environ))

    def mask(self, text: str) -> str:
        """The same text without the secrets."""
        for secret in sorted(self._secrets.values(), key=len, reverse=True):
            text = text.replace(secret, "***")
        return text

    async def run(self, page: Page, url: str) -> None:
        """Do all steps, and wait until the page shows that one is logged in.

        Raises:
            LoginFailed: says at which step, and why.
        """
        self.sent = False
        await self._within(page.goto(url, wait_until="domcontentloaded"), f"login at {url.partition('?')[0]}")
        fills = sum(step.fill is not None for step in self.settings.steps)
        for number, step in enumerate(self.settings.steps, 1):
            await self._within(self._do(page, step), f"login step {number} ({step})")
            fills -= step.fill is not None
            self.sent = fills == 0
        await self._within(_arrive(page, self.settings), f"the site does not accept the login ({_sign(self.settings)})")

    async def _do(self, page: Page, step: LoginStep) -> None:
        if step.press is not None:
            await page.keyboard.press(step.press)
            return
        target = await shown(page, step.fill or step.click or step.wait or "")
        if step.fill is not None:
            await target.fill(self._secrets[step.value.env] if isinstance(step.value, Secret) else step.value or "")
        elif step.click is not None:
            await target.click()

    async def _within(self, work: Awaitable[object], name: str) -> None:
        try:
            async with asyncio.timeout(STEP_S):
                await work
        except TimeoutError:
            raise LoginFailed(f"{name}: not in {STEP_S:.0f} s") from None
        except PlaywrightError as error:
            # What Playwright says after its first line is a log of its calls, with what was filled in.
            raise LoginFailed(self.mask(f"{name}: {str(error).partition(chr(10))[0]}")) from None


async def shown(page: Page, selector: str) -> Locator:
    """The first visible element of a selector, in whichever frame of the page; waits for it, without end."""
    while True:
        for frame in page.frames:
            found = frame.locator(playwright_selector(selector)).filter(visible=True).first
            if await _matches(found, frame):
                return found
        # Playwright waits in one frame only, and frames come late.
        await asyncio.sleep(_LOOK_S)


async def has_arrived(page: Page, settings: LoginSettings) -> bool:
    """Whether the page shows now that one is logged in."""
    if settings.marker:
        return any([await _there(page, selector, visible=False) for selector in settings.marker])
    return not any([await _there(page, selector, visible=True) for selector in settings.logged_out])


def _sign(settings: LoginSettings) -> str:
    """What is waited for, for people."""
    if settings.marker:
        return f'"{settings.marker[0]}" is not on the page'
    return f'"{settings.logged_out[0]}" is still shown'


async def _arrive(page: Page, settings: LoginSettings) -> None:
    while True:
        if await has_arrived(page, settings):
            return
        await asyncio.sleep(_LOOK_S)


async def _there(page: Page, selector: str, *, visible: bool) -> bool:
    for frame in page.frames:
        found = frame.locator(playwright_selector(selector))
        if await _matches(found.filter(visible=True) if visible else found, frame):
            return True
    return False


async def _matches(found: Locator, frame: Frame) -> bool:
    try:
        return bool(await found.count())
    except PlaywrightError:
        # Advertisements and captchas come and go in frames of their own.
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
