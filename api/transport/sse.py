"""Subscriptions as server-sent events, each with the tick's cursor as its `id`.

A browser's `EventSource` that lost its connection asks again and sends the last `id` as `Last-Event-ID`: it goes on
where it was.
"""

from strawberry.http import GraphQLHTTPResponse
from strawberry.http.streaming import JSONEncoder, SSETransport

from tickql.api.fanout.handoff import sent_cursor


class TickEvents(SSETransport):
    """Strawberry's SSE with ids."""

    def encode_next(self, response: GraphQLHTTPResponse, encode_json: JSONEncoder) -> str:
        """One GraphQL result as an event."""
        event = super().encode_next(response, encode_json)
        cursor = sent_cursor.get()
        return event if cursor is None else f"id: {cursor}\r\n{event}"
