"""What can go wrong with the demo.

DemoError
├── ReplayFileError    a CSV that cannot be replayed; nothing was shown
└── CannotListen       the port is taken or not allowed; nothing was started
"""


class DemoError(Exception):
    """Base of every error that `demo` raises on purpose. The message is one line for the user."""


class ReplayFileError(DemoError, ValueError):
    """A CSV is missing or wrong; the message names file and line."""


class CannotListen(DemoError):
    """The board's address cannot be listened on."""
