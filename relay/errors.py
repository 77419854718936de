"""The errors of relays, as a tree.

RelayError
├── InvalidAddress    an address that no sink can use; nothing was connected
├── ExtraMissing      the library of this broker is not installed; nothing was connected
├── SinkRefused       the broker refuses what only a person can change; the relay ends
├── SinkUnavailable   the broker is away, or takes nothing; the relay waits and opens the sink again
└── SinkFenced        another relay of this name works with the broker; this one is a standby again
"""


class RelayError(Exception):
    """Base of every error that `relay` raises on purpose. One line, without a password, for people."""


class InvalidAddress(RelayError, ValueError):
    """An address that no sink can use: of an unknown kind, malformed, or with an unknown option."""


class ExtraMissing(RelayError):
    """The library of this kind of broker is not installed; the message says which extra to install."""


class SinkRefused(RelayError):
    """The broker refuses what only a person can change: wrong credentials, a missing topic, messages too large."""


class SinkUnavailable(RelayError):
    """The broker cannot be reached, does not answer in time, or takes nothing now: it is full, for example.

    What was being sent may have arrived or not: `Sink.open` finds out.
    """


class SinkFenced(RelayError):
    """Another relay of the same name has opened its sink since: this one must not send any more."""
