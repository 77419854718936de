"""The exit codes of commands. `docs/operations.md` lists them."""

from enum import IntEnum


class ExitCode(IntEnum):
    """How a command has ended. A command that a signal kills has none of these."""

    DONE = 0
    """It has done its work, or a signal has ended it in good order."""
    FAILED = 1
    """It could not, or what it looked for is wrong."""
    UNUSABLE = 2
    """It cannot be run like this: a wrong option, or for `check` a feed file that cannot be used."""
