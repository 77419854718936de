"""Being logged in to a page: by its recipe, as seldom as can be, or by a person who saves a new login."""

import asyncio
import logging
import os
import time
from collections import deque
from collections.abc import Mapping
from weakref import WeakValueDictionary

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page

from tickql.producer.browser.saved_login import take_login, write_login
from tickql.producer.errors import FeedFileError, LoggedOut, LoginFailed, PageFault
from tickql.producer.feedfile.page_settings import PageSettings
from tickql.producer.login.login_steps import LoginSteps

logger = logging.getLogger("tickql.producer")

Version = tuple[int, int] | None

_HOUR_S = 3600.0
_MAX_REFUSED = 2


_shared: "WeakValueDictionary[str, PageLogin]" = WeakValueDictionary()


class PageLogin:
    """The login of a feed file, or of several with one account: tries are counted together, and made one at a time.

    Raises:
        SecretMissing: an environment variable that the recipe needs is not set.
        FeedFileError: there is no saved login where the feed file says, and no recipe that would make one.
    """

    def __init__(self, page: PageSettings, environ: Mapping[str, str] = os.environ) -> None:
        self._page = page
        self._recipe = LoginSteps(page.login, environ) if page.login is not None and page.login.steps else None
        self._tries: deque[float] = deque()
        self._refused = 0
        self._refused_with: Version = None
        self._running = asyncio.Lock()
        if page.storage_state is not None and self.version is None and self._recipe is None:
            raise FeedFileError(f"storage_state {page.storage_state}: no such file; {self.advice}")

    @classmethod
    def of(cls, page: PageSettings) -> "PageLogin":
        """The login for a page: the one of another page too, if both have the same recipe and the same saved login.

        Raises:
            SecretMissing, FeedFileError: as above.
        """
        if page.login is None or not page.login.steps:
            return cls(page)
        key = f"{page.storage_state} {page.login.model_dump_json()}"
        return _shared.setdefault(key, cls(page))

    @property
    def version(self) -> Version:
        """Changes whenever a login is saved, by whomever; `None`: there is none."""
        if self._page.storage_state is None:
            return None
        try:
            stat = self._page.storage_state.stat()
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_ino

    @property
    def possible(self) -> bool:
        """Whether there is a recipe, and it may be tried now."""
        return self._recipe is not None and self._obstacle() is None

    @property
    def advice(self) -> str:
        """What is to be done about being logged out, for people."""
        if self._recipe is None:
            path = self._page.storage_state
            output = "" if path is None else f" -o {path.name}" + (" --force" if self.version is not None else "")
            return f"`tickql login {self._page.url.partition('?')[0]}{output}` saves a login"
        return self._obstacle() or "logging in"

    async def answer(self, fault: PageFault | None, page: Page) -> None:
        """Log in on a page if the fault that it was opened for calls for it, and the recipe may be tried.

        Raises:
            LoggedOut: it was tried and came to nothing, or somebody else has logged in meanwhile; says which.
        """
        if not isinstance(fault, LoggedOut) or fault.has_new_login:
            return
        version = self.version
        async with self._running:
            if self.version != version:
                raise LoggedOut("logged out; a new login has been saved", has_new_login=True)
            if self.possible:
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
            self._refused_with = self.version
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

    def _obstacle(self) -> str | None:
        """Why the recipe may not be tried now; `None`: it may."""
        assert self._recipe is not None
        if self._refused >= _MAX_REFUSED and self._refused_with == self.version:
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
