"""What a streaming response consists of, apart from its results."""

from collections.abc import Mapping
from dataclasses import dataclass

from tickql.api.fanout.result_encoder import Framing


@dataclass(frozen=True, slots=True)
class StreamFormat:
    """The messages of a format. An empty one is not sent."""

    headers: Mapping[str, str]
    framing: Framing
    """Of the results. Its payloads end with the end of a chunk; the messages below do not."""
    start: bytes
    """The first message."""
    heartbeat: bytes
    """Sent while nothing else may be: proxies keep the connection open, and a dead one is noticed."""
    complete: bytes
    """The last message of an operation that has ended by itself."""
    interrupted: bytes
    """The last message of a stream that the server ends, because it stops or because of a failure."""
