"""The place of a relay in Redis, for a broker that cannot keep it: the cursor of the last confirmed tick, by symbol."""

from collections.abc import Mapping

from tickql.feed.connection import check_replies
from tickql.feed.errors import FeedUnavailable, InvalidCursor
from tickql.feed.pool import make_pool
from tickql.feed.tick import Cursor
from tickql.feed.timings import DEFAULT_TIMINGS
from tickql.relay.errors import SinkUnavailable
from tickql.relay.sink import RelayContext


class PlaceStore:
    """Reads and writes the place. It may lag behind the broker: then ticks are sent again, and none is lost."""

    def __init__(self, context: RelayContext) -> None:
        self._key = context.settings.keys.relay_places(context.name)
        self._pool = make_pool(context.settings.redis_url, DEFAULT_TIMINGS.redis_call_s, size=1)

    async def read(self) -> dict[str, Cursor]:
        """Return the place.

        Raises:
            SinkUnavailable: Redis does not answer, or refuses.
        """
        try:
            (fields,) = check_replies(await self._pool.call(("HGETALL", self._key)))
            texts = [field.decode() for field in fields]
            return {name: Cursor.parse(text) for name, text in zip(texts[::2], texts[1::2], strict=True)}
        except (FeedUnavailable, InvalidCursor) as error:
            raise SinkUnavailable(f"the place of the relay cannot be read: {error}") from error

    async def write(self, places: Mapping[str, Cursor]) -> None:
        """Write the cursors of some symbols.

        Raises:
            SinkUnavailable: Redis does not answer, or refuses.
        """
        fields = [text for symbol, cursor in places.items() for text in (symbol, str(cursor))]
        try:
            check_replies(await self._pool.call(("HSET", self._key, *fields)))
        except FeedUnavailable as error:
            raise SinkUnavailable(f"the place of the relay cannot be written: {error}") from error

    async def close(self) -> None:
        """Close the connection."""
        await self._pool.close()
