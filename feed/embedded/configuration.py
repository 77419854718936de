"""The configuration file of the embedded server: its users, and its limit of memory."""

import hashlib
import os
from pathlib import Path

import psutil

WRITER = "tickql"
"""The user that may do everything. Every other user of this machine may read, but publish no prices.

Of scripts such a user may run only those that the server has already: an endless one would stop the feed.
"""
_CONFIGURATION = """\
user {writer} on #{digest} ~* &* +@all
user default on nopass resetkeys {readable} &* -@all +@read +@pubsub +@connection +evalsha +evalsha_ro +script|exists \
-@dangerous -publish -spublish +info +time
busy-reply-threshold 1000
maxmemory {max_bytes}
maxmemory-policy noeviction
"""
_READABLE = ("*:{*", "*:symbols", "*:status", "*:fence", "*:lease:*")
"""The keys that every user of this machine may read: not what operators see (`Keys.view`, `Keys.faults`)."""
_MEMORY_SHARE = 0.5
"""Of this machine's memory. Beyond it the server refuses ticks, and the producer keeps them until there is room."""


def write_configuration(folder: Path, password: str) -> Path:
    """Write the file. Not arguments of the command: every user of the machine can see those."""
    path = folder / "server.conf"
    digest = hashlib.sha256(password.encode()).hexdigest()
    max_bytes = int(psutil.virtual_memory().total * _MEMORY_SHARE)
    readable = " ".join(f"~{pattern}" for pattern in _READABLE)
    text = _CONFIGURATION.format(writer=WRITER, digest=digest, max_bytes=max_bytes, readable=readable)
    write_private(path, text)
    return path


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        # The file may exist already, and be open to others.
        os.fchmod(file.fileno(), 0o600)
        file.write(text)
