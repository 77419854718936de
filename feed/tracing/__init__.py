"""Traces of single ticks, from the page to the sockets of subscribers, for OpenTelemetry. Off unless asked for.

`tick_identity` and `settings` are pure. `span_writer` alone uses OpenTelemetry, which is an optional dependency.
"""
