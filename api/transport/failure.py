"""How a WebSocket ends when the server itself has failed to serve a subscription.

A failure must not look like the orderly end of the subscription, after which no client comes back: no `complete`, and
no `error` message. The connection is closed with a code after which clients reconnect and resume with their cursors.
The npm client graphql-ws treats 1011 (internal error) and 4500 as final; after 1013 (try again later) it retries.
"""

TRY_AGAIN_LATER = 1013
"""Close code (IANA's registry of WebSocket close codes)."""
FAILURE_REASON = "internal failure, resume with your cursor"
