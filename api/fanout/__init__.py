"""The fan-out engine: encodes each tick once per selection and writes it to every subscriber of that selection.

This package holds what happens between the rings of the feed and a subscriber's socket: requests, compiled selections,
encoding, live and paced delivery. It does not know GraphQL types, HTTP or WebSocket frames. It may import
`tickql.feed` and `tickql.api.settings` and `errors`; every other package of the API may import it.
"""

__all__ = [
    "board",
    "compiled_selection",
    "delivery",
    "engine",
    "event_encoder",
    "event_json",
    "handoff",
    "json_source",
    "result_encoder",
    "shared_timer",
    "socket",
    "status_json",
    "subscriber",
]
