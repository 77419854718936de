"""Prices that a page receives without showing them: WebSocket messages, server-sent events, NDJSON and JSON responses.

Here: the handlers of browser events (`listener` and the modules below it), the queue between them and the page watcher,
and the readers that turn messages into readings. Not here: the rules of the feed file (`feedfile.stream_rules`), quotes
(`quotes`), and the judgement of a stream's state (`health.stream_health`).

May import: `browser`, `capture`, `feedfile`, `prices`, `quotes`, `clock`, `errors`.
"""

__all__ = ["events", "listener", "message_decoder", "reader", "stream_set"]
