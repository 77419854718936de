"""What can go wrong with a benchmark.

BenchError
├── LoadFailed      a server refused or dropped what it should have held; the measurement has no result
└── ServerFailed    a server did not start, or ended by itself
"""


class BenchError(Exception):
    """Base of every error that `bench` raises on purpose. The message is one line for the user."""


class LoadFailed(BenchError):
    """The load could not be made."""


class ServerFailed(BenchError):
    """A server under test is not there."""
