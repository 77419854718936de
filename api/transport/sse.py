"""Subscriptions as server-sent events. Each event carries the cursor of its tick as its `id`.

A browser's `EventSource` reconnects by itself and sends the last `id` as `Last-Event-ID`: the stream continues after
that tick.
"""

from strawberry.http import GraphQLHTTPResponse
from strawberry.http.streaming import JSONEncoder, SSETransport

from tickql.api.fanout.handoff import last_sent_cursor


class TickEvents(SSETransport):
    """Strawberry's server-sent events, with ids."""

    def encode_next(self, response: GraphQLHTTPResponse, encode_json: JSONEncoder) -> str:
        """Return one GraphQL result as an event. Without a cursor (a board, a status) the event has no `id`."""
        event = super().encode_next(response, encode_json)
        cursor = last_sent_cursor.get()
        return event if cursor is None else f"id: {cursor}\r\n{event}"
