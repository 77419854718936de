"""How long the API waits for its clients."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timings:
    """Timeouts that no user sets. Tests pass shorter ones."""

    connection_init_s: float = 5.0
    """How long a new WebSocket may stay without `connection_init`. It is then closed with 4408."""
    slow_client_s: float = 8.0
    """How long a client may read nothing while messages wait for it. Its connection is then closed with 1013.

    Longer than a pause that a mobile connection or a garbage collector causes, shorter than the 10 s after which the
    system drops a connection without acknowledgements (`server._UNACKNOWLEDGED_MS`)."""
    close_frame_s: float = 1.0
    """How long the close frame for such a client may take before the connection is aborted.

    The frame waits behind the messages that the client has not read, so it often does not arrive at all."""
    close_handshake_s: float = 5.0
    """How long a client may take to answer a close frame. The connection is then closed. A client that never says
    anything is gone after this and `connection_init_s`."""
