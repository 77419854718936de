"""`tickql login`: logs in to a page once and saves the login for the producer."""

import asyncio
import sys
from pathlib import Path

from pydantic import ValidationError
from rich.console import Console

from tickql.cli.errors import TickqlError
from tickql.producer.browser.saved_login import capture_login, write_login
from tickql.producer.errors import LoggedOut, LoginFailed
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.login_settings import LoginSettings
from tickql.producer.feedfile.page_settings import PageSettings
from tickql.producer.login.manual_login import CapturedLogin, check_display, login_by_hand, login_page
from tickql.producer.login.page_login import PageLogin

DEFAULT_FILE = Path("login.json")


def login_settings(url: str | None, feed: Path | None, marker: str | None) -> PageSettings:
    """Return which page to log in to, and how: the settings of the feed file if one is given.

    Raises:
        TickqlError: neither address nor feed file is given, or the address or marker is invalid.
        FeedFileError: the feed file cannot be used.
    """
    try:
        if feed is None and url is None:
            raise TickqlError("name the page: its address, or a feed file with --feed")
        settings = FeedFile.load(feed).page if feed is not None else PageSettings(url=url or "")
        changes: dict[str, object] = {} if url is None else {"url": PageSettings(url=url).url}
        if marker is not None:
            changes["login"] = LoginSettings(marker=(marker,))
        if settings.attach is not None:
            raise TickqlError(f"{feed} attaches to a browser of yours: log in there, nothing has to be saved")
        return settings.model_copy(update=changes)
    except ValidationError as error:
        raise TickqlError(str(error.errors()[0]["ctx"]["error"])) from error


def free_path(settings: PageSettings, output: Path | None, *, force: bool) -> Path:
    """Return the file to write: `output`, else the one that the feed file names, else `login.json`.

    Raises:
        TickqlError: the file exists and may not be replaced, or its folder does not exist.
    """
    path = output or settings.storage_state or DEFAULT_FILE
    if path.exists() and not force:
        raise TickqlError(f"{path} exists already: --force replaces it, -o saves to another file")
    if not path.parent.is_dir():
        raise TickqlError(f"{path}: the folder {path.parent} does not exist")
    return path


async def login(settings: PageSettings, path: Path, console: Console, *, by_hand: bool) -> None:
    """Log in by the login steps of the settings, or by hand in a window, and save that to `path`.

    Raises:
        LoginFailed: the login failed; nothing was saved.
        SecretMissing: an environment variable that the login steps need is not set.
        BrowserNotFound: there is no browser.
    """
    has_steps = settings.login is not None and settings.login.steps
    captured = await (_by_steps(settings, console) if has_steps and not by_hand else _by_hand(settings, console))
    try:
        write_login(path, *captured)
    except OSError as error:
        raise LoginFailed(f"{path} cannot be written: {error.strerror}") from error
    console.print(f"Saved to {path}: {captured}. Only you can read it.")
    console.print(f'In your feed file, under [page]: storage_state = "{path.name}"', markup=False)


async def _by_steps(settings: PageSettings, console: Console) -> CapturedLogin:
    # A fresh session without the saved login, which may have expired.
    fresh = settings.model_copy(update={"storage_state": None})
    page_login = PageLogin(fresh)
    async with login_page(fresh) as page:
        try:
            with console.status("logging in by the login steps of the feed file"):
                await page_login.log_in(page)
        except LoggedOut as error:
            raise LoginFailed(str(error)) from error
        return CapturedLogin(*await capture_login(page.context))


async def _by_hand(settings: PageSettings, console: Console) -> CapturedLogin:
    check_display()
    async with login_page(settings.model_copy(update={"headless": False})) as page:
        shows = f'"{settings.login.marker[0]}" shows, ' if settings.login is not None and settings.login.marker else ""
        console.print(f"Log in in the window. It is saved when {shows}you press Enter here, or close the window.")
        return await login_by_hand(page, settings, _enter)


async def _enter() -> None:
    """Wait until Enter is pressed in the terminal. Without a terminal it never returns."""
    pressed = asyncio.Event()
    loop = asyncio.get_running_loop()
    if not sys.stdin.isatty():
        await pressed.wait()
    loop.add_reader(sys.stdin, pressed.set)
    try:
        await pressed.wait()
    finally:
        loop.remove_reader(sys.stdin)
