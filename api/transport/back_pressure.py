"""Back-pressure of one connection: marks its socket as full, and ends a connection whose client reads nothing."""

import asyncio
import random
from collections.abc import Callable

from tickql.api.traffic import traffic
from tickql.api.transport.prepared_socket import PreparedSocket

_MAX_DELAY_SHARE = 1.125
"""The longest timeout, as a share of the given one. Clients that have stopped together, such as those behind a broken
link, are closed one after the other: closing 500 at the same moment would hold the event loop for 50 ms."""


class BackPressure:
    """What a connection does when its transport reports that the client reads too slowly.

    `close_slow_client` is called when the client has read too little for `slow_client_s` seconds.
    """

    __slots__ = ("_close_slow_client", "_loop", "_slow_client_s", "_timer", "socket")

    def __init__(
        self, loop: asyncio.AbstractEventLoop, slow_client_s: float, close_slow_client: Callable[[], None]
    ) -> None:
        self.socket: PreparedSocket | None = None
        """The socket of the connection, which is full while writing is paused. `None`: it has none yet."""
        self._loop = loop
        self._slow_client_s = slow_client_s
        self._close_slow_client = close_slow_client
        self._timer: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        """Start the timeout: the client does not read as fast as messages are sent."""
        if self.socket is not None:
            self.socket.full = True
        delay_s = self._slow_client_s * random.uniform(1, _MAX_DELAY_SHARE)
        self._timer = self._loop.call_later(delay_s, self._close)

    def _close(self) -> None:
        traffic.slow_closes += 1
        self._close_slow_client()

    def resume_writing(self) -> None:
        """Stop the timeout: the client has read most of what was buffered."""
        if self.socket is not None:
            self.socket.full = False
        self.stop()

    def abort_after(self, delay_s: float, transport: asyncio.Transport) -> None:
        """Abort the connection after a delay, unless the client reads again or disconnects."""
        self._timer = self._loop.call_later(delay_s, transport.abort)

    def stop(self) -> None:
        """Stop the timeout."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def connection_lost(self) -> None:
        """Release what belongs to the connection."""
        self.stop()
        if self.socket is not None:
            self.socket.connection_lost()
