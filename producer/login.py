"""Being logged in to a page: by its recipe, as seldom as can be, or by a person who saves a new login."""

import logging
import os
import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page

from producer.errors import FeedFileError, LoggedOut, LoginFailed, PageFault
from producer.pagesettings import PageSettings
from producer.recipe import Recipe
from producer.savedlogin import take_login, write_login

logger = logging.getLogger("tickql.producer")

_HOUR_S = 3600.0
_MAX_REFUSED = 2


class Login:
    """The login of one feed file. Lives as long as its producer, and counts its tries.

    Raises:
        SecretMissing: an environment variable that the recipe needs is not set.
        FeedFileError: there is no saved login where the feed file says, and no recipe that would make one.
    """

    def __init__(self, page: PageSettings, environ: Mapping[str, str] = os.environ) -> None:
        self._page = page
        self._recipe = Recipe(page.login, environ) if page.login is not None and page.login.steps else None
        self._tries: deque[float] = deque()
        self._refused = 0
        self._version = _version(page.storage_state)
        if page.storage_state is not None and self._version is None and self._recipe is None:
            raise FeedFileError(f"storage_state {page.storage_state}: no such file; {self.advice}")

    @property
    def possible(self) -> bool:
        """Whether there is a recipe, and it may be tried now."""
        return self._recipe is not None and self._obstacle() is None

    @property
    def advice(self) -> str:
        """What is to be done about being logged out, for people."""
        if self._recipe is None:
            output = f" -o {self._page.storage_state}" if self._page.storage_state is not None else ""
            return f"`tickql login {self._page.url.partition('?')[0]}{output}` saves a login"
        return self._obstacle() or "logging in"

    def renewed(self) -> bool:
        """Whether somebody has saved a login since this was last asked. Then the recipe is free again, too."""
        version = _version(self._page.storage_state)
        if version == self._version:
            return False
        self._version = version
        self._refused = 0
        return True

    async def answer(self, fault: PageFault | None, page: Page) -> None:
        """Log in on a page if the fault that it was opened for calls for it, and the recipe may be tried.

        Raises:
            LoggedOut: it was tried and came to nothing; says why.
        """
        if isinstance(fault, LoggedOut) and not fault.has_new_login and self.possible:
            await self.run(page)

    async def run(self, page: Page) -> None:
        """Log in on a page by the recipe, and save the login where the feed file says.

        Raises:
            LoggedOut: it came to nothing; says why.
        """
        assert self._recipe is not None
        self._tries.append(time.monotonic())
        logger.info("logging in")
        try:
            await self._recipe.run(page, self._recipe.settings.url or self._page.url)
        except LoginFailed as error:
            self._refused += self._recipe.sent
            raise LoggedOut(str(error)) from error
        self._refused = 0
        logger.info("logged in")
        await self._save(page)

    async def _save(self, page: Page) -> None:
        path = self._page.storage_state
        if path is None:
            return
        try:
            write_login(path, *await take_login(page.context))
        except (PlaywrightError, TimeoutError, OSError) as error:
            logger.warning("the login is not saved to %s: %s", path, str(error).partition("\n")[0])
        self._version = _version(path)

    def _obstacle(self) -> str | None:
        """Why the recipe may not be tried now; `None`: it may."""
        assert self._recipe is not None
        if self._refused >= _MAX_REFUSED:
            return (
                f"{self._refused} logins in a row were not accepted: none is tried any more, lest the site locks the"
                " account; put the recipe right and start anew, or use `tickql login`"
            )
        now = time.monotonic()
        while self._tries and now - self._tries[0] >= _HOUR_S:
            self._tries.popleft()
        if len(self._tries) < self._recipe.settings.tries_per_hour:
            return None
        wait_min = (_HOUR_S - (now - self._tries[0])) / 60
        return f"{len(self._tries)} logins within an hour did not last: the next one in {wait_min:.0f} minutes"


def _version(path: Path | None) -> tuple[int, int] | None:
    if path is None:
        return None
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_ino
