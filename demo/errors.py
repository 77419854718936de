"""The errors of the demo.

DemoError
├── ReplayFileError    a recording that cannot be replayed; the board is not shown
└── CannotListen       the port is in use or not allowed; no server is started
"""


class DemoError(Exception):
    """Base of every error that `demo` raises on purpose. The message is one line for the user."""


class ReplayFileError(DemoError, ValueError):
    """A recording is missing or invalid; the message names the file and the line."""


class CannotListen(DemoError):
    """The server cannot listen on the given address."""
