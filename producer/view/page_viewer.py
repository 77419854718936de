"""Looks at a page that is being watched: takes a picture without touching the page, and gathers what was read."""

import asyncio
import base64
import uuid
from collections.abc import Callable

from playwright.async_api import Error as PlaywrightError

from tickql.feed.page_view import NotSeen, PageView, Seen
from tickql.producer.browser.secret_scope import SecretScope
from tickql.producer.browser.secrets import mask_secrets
from tickql.producer.clock import now_us
from tickql.producer.timings import DEFAULT_TIMINGS, Timings
from tickql.producer.view.field_views import field_views
from tickql.producer.view.page_geometry import PageGeometry, measure
from tickql.producer.view.picture import make_picture
from tickql.producer.watch.supervisor import WatchedPage

_ATTEMPTS = 3
"""Pictures taken of a page on which something moves that must not be seen."""
_QUALITY = 90
"""JPEG quality of the browser's picture, which is compressed once more."""


class PageViewer:
    """Makes views of the page that `watched` returns: the one that publishes now, or `None`.

    There is no view while a login or steps with secrets run on the page, nor while a password is filled in.
    """

    def __init__(self, watched: Callable[[], WatchedPage | None], timings: Timings = DEFAULT_TIMINGS) -> None:
        self._watched = watched
        self._timings = timings

    async def look(self) -> Seen:
        """Take a picture of the page, and return it with what was read.

        Raises:
            NotSeen: there is none; says why.
        """
        watched = self._watched()
        if watched is None:
            raise NotSeen("the page is being opened, or logged in to")
        try:
            async with asyncio.timeout(self._timings.view_s):
                return await self._look(watched)
        except TimeoutError as error:
            raise NotSeen(f"the browser paints no picture of the page in {self._timings.view_s:.0f} s") from error
        except PlaywrightError as error:
            raise NotSeen("the page is gone, or does not answer") from error

    async def _look(self, watched: WatchedPage) -> Seen:
        source = watched.source
        secrets = {**source.login.secrets, **source.steps.secrets}
        if source.page_status.preparing is not None and source.steps.secrets:
            raise NotSeen("steps with secrets run on the page now")
        geometry, taken = await self._take(watched, [*secrets.values()])
        size = (geometry.width, geometry.height)
        picture = await asyncio.to_thread(make_picture, taken, size, geometry.covered)
        taken_us = now_us()
        fields, left_out = await field_views(source, geometry, secrets)
        view = PageView(
            id=uuid.uuid4().hex,
            taken_us=taken_us,
            page=mask_secrets(source.page_status.page_name, secrets),
            width=geometry.width,
            height=geometry.height,
            covered=len(geometry.covered),
            fields=fields,
            left_out=left_out,
        )
        return Seen(view, picture)

    async def _take(self, watched: WatchedPage, secrets: list[str]) -> tuple[PageGeometry, bytes]:
        """Take a picture, and say where things are in it: a box that has moved meanwhile is left out."""
        before = await self._measure(watched, secrets)
        for _ in range(_ATTEMPTS):
            options = {"format": "jpeg", "quality": _QUALITY, "captureBeyondViewport": False}
            answer = await watched.observer.session.send("Page.captureScreenshot", options)
            after = await self._measure(watched, secrets)
            if after.is_settled(before):
                after.boxes = {
                    key: box
                    for key, box in after.boxes.items()
                    if key in before.boxes and box.is_near(before.boxes[key])
                }
                return after, base64.b64decode(answer["data"])
            before = after
        raise NotSeen("something that must not be seen moves on the page")

    async def _measure(self, watched: WatchedPage, secrets: list[str]) -> PageGeometry:
        source = watched.source
        heartbeats = dict(source.page_status.heartbeats)
        if not any(heartbeat.top for heartbeat in heartbeats.values()):
            raise NotSeen("the page is not loaded yet, or does not answer")
        geometry = await measure(watched.observer, heartbeats, secrets, SecretScope.of(source.feed.page))
        if geometry.is_filled_in:
            raise NotSeen("a password is filled in on the page")
        return geometry
