"""Which frames of a page may get secrets: a page may hold frames of other sites, such as advertisements."""

from collections.abc import Iterable
from typing import Self

from playwright.async_api import Frame, Page

from tickql.producer.feedfile.addresses import keeps_secrets, origin_of
from tickql.producer.feedfile.page_settings import PageSettings

_OF_PARENT = ("", "about:blank", "about:srcdoc")
"""Addresses of frames whose document has the origin of the frame around it."""


class SecretScope:
    """The origins whose frames may get the secrets of a feed file. An unencrypted one of another machine never may."""

    def __init__(self, origins: Iterable[str]) -> None:
        self.origins = frozenset(origin for origin in origins if keeps_secrets(origin))

    @classmethod
    def of(cls, page: PageSettings) -> Self:
        """Return the scope of a feed file: the origins of its page and its login, and those that it names."""
        login_url = None if page.login is None else page.login.url
        own = [page.origin] if login_url is None else [page.origin, origin_of(login_url)]
        return cls([*own, *page.secret_origins])

    def allows(self, frame: Frame) -> bool:
        """Return whether a frame may get secrets, by the document that the frame shows now."""
        return frame_origin(frame) in self.origins

    def allows_address(self, url: str) -> bool:
        """Return whether a document of this address may have secrets. One without an origin of its own may."""
        if url in _OF_PARENT:
            return True
        try:
            return origin_of(url.removeprefix("blob:")) in self.origins
        except ValueError:
            return False

    def allows_all(self, page: Page) -> bool:
        """Return whether every frame of a page may get secrets."""
        return all(map(self.allows, page.frames))


def frame_origin(frame: Frame) -> str:
    """Return the origin of the document that a frame shows; empty: it has none that can be named."""
    around: Frame | None = frame
    while around is not None and around.url in _OF_PARENT:
        around = around.parent_frame
    try:
        return "" if around is None else origin_of(around.url.removeprefix("blob:"))
    except ValueError:
        return ""


def refusal(frame: Frame) -> str:
    """Return why a frame may get no secret, for people, with what to do about it."""
    origin = frame_origin(frame)
    if not origin or not keeps_secrets(origin):
        return f"it is in a frame of {origin or 'no site'}: secrets are sent over https only"
    return f'it is in a frame of {origin}, which may get no secret: secret_origins = ["{origin}"] allows it'
