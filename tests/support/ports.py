"""Free ports for servers under test."""

import random
import socket
from contextlib import suppress

_PORTS = range(10_000, 32_000)
"""Below those that systems give to connections: none can take a port between its choice and its use."""


def free_port() -> int:
    """A loopback port that nobody listens on. It is taken at random: other runs of the tests choose ports as well."""
    while True:
        port = random.SystemRandom().choice(_PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
