"""The reason in a WebSocket close frame."""

_MAX_BYTES = 123
"""A close frame holds 125 bytes, two of which are the code (RFC 6455, 5.5)."""


def close_reason(text: str) -> str:
    """Return the text without its end, if it is too long, and with `?` in place of what is no Unicode character."""
    # Cut by bytes; half a character at the end is dropped.
    return text.encode(errors="replace")[:_MAX_BYTES].decode(errors="ignore")
