"""The errors of the command line.

TickqlError    a message for the user; the command ends with a non-zero exit code and no traceback
"""


class TickqlError(Exception):
    """One line that says what is wrong and what would be right."""
