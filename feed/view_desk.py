"""The producer's end of the views of its page: hears requests, has a view made, stores it and announces it."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import NoReturn

from tickql.feed import scripts
from tickql.feed.connect import open_connection
from tickql.feed.connection import Command, RedisConnection, check_replies
from tickql.feed.errors import FeedRefused, FeedUnavailable
from tickql.feed.page_view import VIEW_MS, NotSeen, Seen, ViewAnswer
from tickql.feed.race import race
from tickql.feed.rights import check_producer_rights, view_rights
from tickql.feed.settings import FeedSettings
from tickql.feed.timings import DEFAULT_TIMINGS, Timings

logger = logging.getLogger("tickql.feed")

PAUSE_S = 2.0
"""Shortest time between two views of a page. A request that comes sooner gets the view before."""
_CHECK_S = 15.0
"""Period in which the connection is tried: a request that gets lost in a dead one is never answered."""
_RETRY_S = 5.0
"""Pause after a connection that broke or was refused: nobody waits for views as for prices."""

Look = Callable[[], Awaitable[Seen]]
"""Makes a view. Raises `NotSeen`."""


class ViewDesk:
    """Answers requests for views of one source, one at a time. Without the rights in Redis it says so, and waits.

    It has connections of its own, and none of the publisher's work waits for it.
    """

    def __init__(self, settings: FeedSettings, source: str, look: Look, timings: Timings = DEFAULT_TIMINGS) -> None:
        self._settings = settings
        self._source = source
        self._look = look
        self._timings = timings
        self._asked = asyncio.Event()
        self._newest = ViewAnswer(reason="nothing was asked for yet")
        self._looked_s = float("-inf")
        self._logged = ""

    async def run(self) -> NoReturn:
        """Answer requests until cancelled, through outages of Redis."""
        while True:
            try:
                connection = await self._connect()
                try:
                    await race(self._listen(connection), self._answer_requests())
                finally:
                    await connection.close()
            except FeedUnavailable as error:
                self._log_refusal(error)
            except Exception:
                # A defect here costs views, and no price.
                logger.exception("no views of %s for a moment", self._source)
            await asyncio.sleep(_RETRY_S)

    async def _connect(self) -> RedisConnection:
        connection = await self._open()
        try:
            await check_producer_rights(connection, view_rights(self._settings.keys, self._source))
            check_replies(await connection.call(self._subscribe))
        except BaseException:
            await connection.close()
            raise
        return connection

    async def _open(self) -> RedisConnection:
        # Requests and views of a source lie in one slot.
        key = self._settings.keys.view(self._source)
        return await open_connection(self._settings.redis_url, key, self._timings.redis_call_s)

    @property
    def _subscribe(self) -> Command:
        return (self._settings.keys.subscribe_name, self._settings.keys.view_request(self._source))

    def _log_refusal(self, error: FeedUnavailable) -> None:
        # An outage of Redis is logged by the publisher.
        if isinstance(error, FeedRefused) and str(error) != self._logged:
            self._logged = str(error)
            logger.warning("operators cannot see the page of %s (%s)", self._source, error)

    async def _listen(self, connection: RedisConnection) -> NoReturn:
        """Note requests. Redis confirms a second SUBSCRIBE, too: that is how a connection is tried."""
        while True:
            receiving = asyncio.ensure_future(connection.receive())
            try:
                done, _ = await asyncio.wait([receiving], timeout=_CHECK_S)
                if not done:
                    await connection.send(self._subscribe)
                    done, _ = await asyncio.wait([receiving], timeout=self._timings.redis_call_s)
                if not done:
                    raise FeedUnavailable("redis does not answer")
                kind, *_ = await receiving
            finally:
                receiving.cancel()
                with suppress(asyncio.CancelledError, FeedUnavailable):
                    await receiving
            if kind == self._settings.keys.message_kind:
                self._asked.set()
            elif kind == self._settings.keys.unsubscribe_name.lower().encode():
                raise FeedUnavailable("another node of the cluster serves the requests now")

    async def _answer_requests(self) -> NoReturn:
        """Answer all requests that have come with one view."""
        while True:
            await self._asked.wait()
            self._asked.clear()
            stored = None
            if time.monotonic() - self._looked_s >= PAUSE_S:
                self._newest, stored = await self._look_now()
                self._looked_s = time.monotonic()
            await self._send(self._newest, stored)

    async def _look_now(self) -> tuple[ViewAnswer, Seen | None]:
        try:
            seen = await self._look()
        except NotSeen as reason:
            return ViewAnswer(reason=str(reason)), None
        except Exception:
            logger.exception("no view of %s", self._source)
            return ViewAnswer(reason="the producer failed to look at its page: its log says more"), None
        return ViewAnswer(id=seen.view.id), seen

    async def _send(self, answer: ViewAnswer, seen: Seen | None) -> None:
        keys = self._settings.keys
        key = keys.view(self._source)
        connection = await self._open()
        try:
            if seen is None:
                check_replies(await connection.call(keys.publish(key, answer.encode())))
                return
            load: Command = ("SCRIPT", "LOAD", scripts.VIEW.source)
            about = (VIEW_MS, keys.publish_name, key, answer.encode(), seen.view.id, seen.view.encode(), seen.picture)
            check_replies(await connection.call(load, ("EVALSHA", scripts.VIEW.sha, 1, key, *about)))
        except FeedRefused as error:
            # Such as a Redis without memory for the picture: whoever asked must not wait in vain.
            await connection.call(keys.publish(key, ViewAnswer(reason=f"the picture is not stored: {error}").encode()))
        finally:
            await connection.close()
