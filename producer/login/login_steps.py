"""The steps of a login from the feed file, run on a page, until the page shows that the user is logged in."""

import asyncio
from collections.abc import Mapping

from playwright.async_api import Page

from tickql.producer.browser.element_search import POLL_S, is_present
from tickql.producer.browser.page_steps import PageSteps, StepRunner
from tickql.producer.browser.secret_scope import SecretScope
from tickql.producer.errors import LoginFailed, StepFailed
from tickql.producer.feedfile.login_settings import LoginSettings
from tickql.producer.timings import DEFAULT_TIMINGS, Timings


class LoginSteps:
    """The login steps of a feed file, with the secrets they need. `scope`: where secrets may go.

    Raises:
        SecretMissing: an environment variable that a step names is not set, or empty.
    """

    def __init__(
        self,
        settings: LoginSettings,
        environ: Mapping[str, str],
        scope: SecretScope,
        timings: Timings = DEFAULT_TIMINGS,
    ) -> None:
        self.settings = settings
        self.has_filled_in = False
        """Whether the newest run has filled in everything: then the site may have counted it as an attempt."""
        self._steps = PageSteps(settings.steps, environ, scope, timings, "login step", is_login=True)
        self._last_fill = max((number for number, step in enumerate(settings.steps) if step.fill), default=-1)

    @property
    def secrets(self) -> Mapping[str, str]:
        """Everything that the steps fill in, each by a name."""
        return self._steps.secrets

    async def run(self, page: Page, url: str) -> None:
        """Run all steps, and wait until the page shows that the user is logged in.

        Raises:
            LoginFailed: says at which step, and why.
        """
        self.has_filled_in = False
        runner = StepRunner(page, self._steps)
        refused = f"the site does not accept the login ({_missing_sign(self.settings)})"
        try:
            opening = page.goto(url, wait_until="domcontentloaded")
            await runner.complete(opening, f"login at {url.partition('?')[0]}")
            await runner.run(self._begin_step)
            self.has_filled_in = True
            await runner.complete(_wait_logged_in(page, self.settings), refused)
        except StepFailed as error:
            raise LoginFailed(str(error)) from None
        finally:
            runner.close()

    def _begin_step(self, number: int) -> None:
        self.has_filled_in = number > self._last_fill


async def is_logged_in(page: Page, settings: LoginSettings) -> bool:
    """Whether the page shows now that the user is logged in."""
    if settings.marker:
        return any([await is_present(page, selector, visible=False) for selector in settings.marker])
    return not any([await is_present(page, selector, visible=True) for selector in settings.logged_out])


def _missing_sign(settings: LoginSettings) -> str:
    """Why the page does not count as logged in, for people."""
    if settings.marker:
        return f'"{settings.marker[0]}" is not on the page'
    return f'"{settings.logged_out[0]}" is still shown'


async def _wait_logged_in(page: Page, settings: LoginSettings) -> None:
    while True:
        if await is_logged_in(page, settings):
            return
        await asyncio.sleep(POLL_S)
