"""Prices that a page receives, rather than shows: WebSocket frames, server-sent events, JSON responses."""
