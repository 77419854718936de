"""Free loopback ports for servers that may have to start again at the same port."""

import random
import socket
from contextlib import suppress

_PORTS = range(10_000, 32_000)
"""Below those that systems give to outgoing connections: none of these takes the port while its server is down."""


def free_port() -> int:
    """Return a loopback port that nobody listens on, chosen at random: other processes choose ports as well."""
    while True:
        port = random.SystemRandom().choice(_PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def is_free(port: int) -> bool:
    """Return whether a server could listen on a loopback port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
