"""The login of a page: runs the login steps as seldom as possible, or takes a login that a person has saved."""

import asyncio
import logging
import os
import time
from collections import deque
from collections.abc import Mapping
from weakref import WeakValueDictionary

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page

from tickql.producer.browser.saved_login import capture_login, write_login
from tickql.producer.browser.secret_scope import SecretScope
from tickql.producer.errors import FeedFileError, LoggedOut, LoginFailed, PageFault
from tickql.producer.feedfile.page_settings import PageSettings
from tickql.producer.login.login_steps import LoginSteps
from tickql.producer.timings import DEFAULT_TIMINGS, Timings

logger = logging.getLogger("tickql.producer")

Version = tuple[int, int] | None

_HOUR_S = 3600.0
_MAX_REFUSED = 2
"""Attempts in a row that the site refuses: many sites lock an account after the third."""


_shared: "WeakValueDictionary[str, PageLogin]" = WeakValueDictionary()


class PageLogin:
    """The login of a feed file, or of several feed files with one account.

    Feed files with one account share their attempts: attempts are counted together, and one runs at a time.

    Raises:
        SecretMissing: an environment variable that the login steps need is not set.
        FeedFileError: there is no saved login where the feed file says, and there are no login steps to make one.
    """

    def __init__(
        self, page: PageSettings, environ: Mapping[str, str] = os.environ, timings: Timings = DEFAULT_TIMINGS
    ) -> None:
        self._page = page
        self._steps: LoginSteps | None = None
        if page.login is not None and page.login.steps:
            self._steps = LoginSteps(page.login, environ, SecretScope.of(page), timings)
        self._attempt_times_s: deque[float] = deque()
        self._refused = 0
        self._refused_version: Version = None
        self._running = asyncio.Lock()
        if page.storage_state is not None and self.version is None and self._steps is None:
            raise FeedFileError(f"storage_state {page.storage_state}: no such file; {self.advice}")

    @classmethod
    def of(cls, page: PageSettings, timings: Timings = DEFAULT_TIMINGS) -> "PageLogin":
        """Return the login for a page. Pages with the same login steps and the same saved login get the same one.

        Raises:
            SecretMissing, FeedFileError: as above.
        """
        if page.login is None or not page.login.steps:
            return cls(page, timings=timings)
        key = f"{page.storage_state} {page.secret_origins} {page.login.model_dump_json()}"
        return _shared.setdefault(key, cls(page, timings=timings))

    @property
    def version(self) -> Version:
        """Changes whenever a login is saved, by this producer or any other program; `None`: there is none."""
        if self._page.storage_state is None:
            return None
        try:
            stat = self._page.storage_state.stat()
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_ino

    @property
    def secrets(self) -> Mapping[str, str]:
        """Everything that the login steps fill in, each by a name."""
        return {} if self._steps is None else self._steps.secrets

    @property
    def possible(self) -> bool:
        """Whether there are login steps, and they may run now."""
        return self._steps is not None and self._obstacle() is None

    @property
    def advice(self) -> str:
        """What to do about being logged out, for people."""
        if self._steps is None:
            path = self._page.storage_state
            output = "" if path is None else f" -o {path.name}" + (" --force" if self.version is not None else "")
            return f"`tickql login {self._page.url.partition('?')[0]}{output}` saves a login"
        return self._obstacle() or "logging in"

    async def log_in_after(self, fault: PageFault | None, page: Page) -> None:
        """Log in on a page, if the page was reopened because the user was logged out, and the steps may run.

        Raises:
            LoggedOut: the login failed, or another feed file or program has saved a login meanwhile; says which.
        """
        if not isinstance(fault, LoggedOut) or fault.has_new_login:
            return
        version = self.version
        # Several feed files with one account wait here. The first logs in; the others find its saved login.
        async with self._running:
            if self.version != version:
                raise LoggedOut("logged out; a new login has been saved", has_new_login=True)
            if self.possible:
                await self.log_in(page)

    async def log_in(self, page: Page) -> None:
        """Run the login steps on a page, and save the login where the feed file says.

        Raises:
            LoggedOut: the login failed; says why.
        """
        assert self._steps is not None
        self._attempt_times_s.append(time.monotonic())
        logger.info("logging in")
        try:
            await self._steps.run(page, self._steps.settings.url or self._page.url)
        except LoginFailed as error:
            # An attempt that failed before everything was filled in is none that the site counts.
            self._refused += self._steps.has_filled_in
            self._refused_version = self.version
            raise LoggedOut(str(error)) from error
        self._refused = 0
        logger.info("logged in")
        await self._save(page)

    async def _save(self, page: Page) -> None:
        path = self._page.storage_state
        if path is None:
            return
        try:
            write_login(path, *await capture_login(page.context))
        except (PlaywrightError, TimeoutError, OSError) as error:
            logger.warning("the login is not saved to %s: %s", path, str(error).partition("\n")[0])

    def _obstacle(self) -> str | None:
        """Why the login steps may not run now, for people; `None`: they may."""
        assert self._steps is not None
        # A login that was saved since the last refusal starts the count again.
        if self._refused >= _MAX_REFUSED and self._refused_version == self.version:
            return (
                f"{self._refused} logins in a row were not accepted: no more attempts, since sites lock accounts;"
                " correct the login steps and restart, or use `tickql login`"
            )
        now_s = time.monotonic()
        while self._attempt_times_s and now_s - self._attempt_times_s[0] >= _HOUR_S:
            self._attempt_times_s.popleft()
        attempts = len(self._attempt_times_s)
        if attempts < self._steps.settings.tries_per_hour:
            return None
        wait_min = (_HOUR_S - (now_s - self._attempt_times_s[0])) / 60
        return f"{attempts} logins within an hour did not last: the next attempt is in {wait_min:.0f} minutes"
