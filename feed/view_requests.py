"""The reader's end of the views of pages: asks the producer of a source for a view, and reads it from Redis."""

import asyncio
import contextvars
from collections.abc import Sequence
from functools import partial
from typing import Any

from redis.exceptions import NoPermissionError

from tickql.feed.connect import open_connection
from tickql.feed.connection import RedisConnection, check_replies
from tickql.feed.errors import FeedRefused
from tickql.feed.page_view import NotSeen, PageView, ViewAnswer
from tickql.feed.pool import CallPool
from tickql.feed.settings import FeedSettings
from tickql.feed.timings import DEFAULT_TIMINGS, Timings

_REQUEST = b"{}"
"""A request says nothing. It is JSON, as a consumer may subscribe to a pattern that matches its channel."""


class ViewRequests:
    """Asks for views. All callers that ask for the same source at the same time share one request."""

    def __init__(self, settings: FeedSettings, pool: CallPool, timings: Timings = DEFAULT_TIMINGS) -> None:
        self._settings = settings
        self._keys = settings.keys
        self._pool = pool
        self._timings = timings
        self._running: dict[str, asyncio.Task[PageView]] = {}

    async def view(self, source: str) -> PageView:
        """Have a view made, and return it. One that was made less than 2 s ago is not made again.

        Raises:
            NotSeen: there is none; says why.
            FeedUnavailable: Redis does not answer.
        """
        task = self._running.get(source)
        if task is None:
            # Without the context of the caller: the request is not that client's alone.
            task = self._running[source] = asyncio.create_task(self._ask(source), context=contextvars.Context())
            task.add_done_callback(partial(self._end, source))
        # A caller that is cancelled does not cancel the request of the others.
        return await asyncio.shield(task)

    async def picture(self, source: str, view_id: str) -> bytes | None:
        """Return the picture of a view; `None`: it is a minute old, or there is a newer one.

        Raises:
            FeedUnavailable: Redis does not answer.
        """
        (reply,) = check_replies(await self._pool.call(("HMGET", self._keys.view(source), "id", "picture")))
        stored, picture = reply
        return picture if stored is not None and stored.decode() == view_id else None

    async def close(self) -> None:
        """End the requests that run."""
        tasks = [*self._running.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _end(self, source: str, task: asyncio.Task[PageView]) -> None:
        self._running.pop(source, None)
        if not task.cancelled():
            # All callers may have been cancelled: asyncio would log that nobody has looked at the error.
            task.exception()

    async def _ask(self, source: str) -> PageView:
        channel = self._keys.view(source)
        connection = await open_connection(self._settings.redis_url, channel, self._timings.redis_call_s)
        try:
            # Subscribed first: the answer may come before the request has returned.
            name, publish_name = self._keys.subscribe_name, self._keys.publish_name
            self._judge(await connection.call((name, channel)), f"+{name.lower()}")
            replies = await self._pool.call(self._keys.publish(self._keys.view_request(source), _REQUEST))
            selector = f"(+{publish_name.lower()} &{self._keys.view_requests})"
            self._judge(replies, selector)
            if not replies[0]:
                raise NotSeen(f"no producer of {source} answers: none has its lease, or its user of Redis may not")
            answer = await self._answer(connection, source)
        finally:
            await connection.close()
        if answer.id is None:
            raise NotSeen(answer.reason or "the producer has no view")
        (stored,) = check_replies(await self._pool.call(("HMGET", self._keys.view(source), "view")))
        if stored[0] is None:
            raise NotSeen("the view is gone from Redis already")
        return PageView.decode(stored[0])

    async def _answer(self, connection: RedisConnection, source: str) -> ViewAnswer:
        try:
            async with asyncio.timeout(self._timings.view_s):
                while (message := await connection.receive())[0] != self._keys.message_kind:
                    pass
        except TimeoutError:
            raise NotSeen(f"the producer of {source} does not answer within {self._timings.view_s:.0f} s") from None
        return ViewAnswer.decode(message[2])

    def _judge(self, replies: Sequence[Any], rule: str) -> None:
        try:
            check_replies(replies)
        except FeedRefused as error:
            if not isinstance(error.__cause__, NoPermissionError):
                raise
            advice = f"ACL SETUSER <user> {rule}"
            raise NotSeen(f"the user of Redis that this server has may not ask producers: {advice}") from error
