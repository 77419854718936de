"""Results as server-sent events. Each event carries the cursor of its tick as its `id`.

A browser's `EventSource` reconnects by itself and sends the last `id` as `Last-Event-ID`: the stream continues after
that tick. `complete` follows only when an operation has ended by itself; a stream that ends without it was interrupted.

Format: https://html.spec.whatwg.org/multipage/server-sent-events.html,
events: https://github.com/graphql/graphql-over-http/blob/main/rfcs/GraphQLOverSSE.md
"""

from strawberry.http import GraphQLHTTPResponse
from strawberry.http.streaming import JSONEncoder, SSETransport

from tickql.api.fanout.handoff import last_sent_cursor
from tickql.api.fanout.result_encoder import Framing
from tickql.api.traffic import Transport
from tickql.api.transport.prepared_socket import CHUNK_END
from tickql.api.transport.stream_format import StreamFormat

# Lines end with LF, like those of most servers: urql looks for two of them.
SSE = StreamFormat(
    headers={
        "Content-Type": "text/event-stream",
        "Cache-Control": "no-cache, no-transform",
        # nginx would collect events in its buffer.
        "X-Accel-Buffering": "no",
    },
    framing=Framing(b"event: next\ndata: ", b"\n\n" + CHUNK_END, Transport.SSE, id_line=b"id: %b\n"),
    start=b"",
    heartbeat=b": ping\n\n",
    # `EventSource` drops an event without a data line.
    complete=b"event: complete\ndata: \n\n",
    interrupted=b"",
)


class EventStream(SSETransport):
    """When a request gets server-sent events: Strawberry decides that, and encodes what graphql-core executes."""

    format = SSE

    def encode_next(self, response: GraphQLHTTPResponse, encode_json: JSONEncoder) -> str:
        """Return one result as an event. Without a cursor (a board, a status) the event has no `id`."""
        cursor = last_sent_cursor.get()
        id_line = "" if cursor is None else f"id: {cursor}\n"
        return f"{id_line}event: next\ndata: {encode_json(response)}\n\n"
