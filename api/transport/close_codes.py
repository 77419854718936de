"""The codes and reasons with which the server closes WebSockets, besides those of graphql-transport-ws (4400 to 4499).

Codes: IANA's registry of WebSocket close codes. What matters is what clients do afterwards: the npm client graphql-ws
treats 1011 (internal error) and 4500 as final; after 1013 it reconnects and resumes with its cursors. So 1013 stands
for everything that is no client's fault, above all for a failure inside a subscription: a `complete` or `error` message
would look like its orderly end.
"""

BAD_REQUEST = 4400
"""A malformed message or request."""
UNAUTHORIZED = 4401
"""There is no valid token."""
FORBIDDEN = 4403
"""The token does not give the right, or has ended while the connection was open."""
NOT_UTF8 = 1007
"""A text message that is not UTF-8."""
POLICY_VIOLATION = 1008
"""A limit was exceeded, or the page may not use this server."""
TRY_AGAIN_LATER = 1013
"""The client is to reconnect and to resume."""

FAILURE_REASON = "internal failure, resume with your cursor"
SLOW_CLIENT_REASON = "slow consumer, resume with your cursor"

_MAX_REASON_BYTES = 123
"""A close frame holds 125 bytes, two of which are the code (RFC 6455, 5.5)."""


def close_reason(text: str) -> str:
    """Return the text without its end, if it is too long, and with `?` in place of what is no Unicode character."""
    # Cut by bytes; half a character at the end is dropped.
    return text.encode(errors="replace")[:_MAX_REASON_BYTES].decode(errors="ignore")
