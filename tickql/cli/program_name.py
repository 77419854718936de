"""The name under which the user started tickql, for messages that show the next command to type."""

import os
import sys
from pathlib import Path


def program_name() -> str:
    """Return `tickql` if it is on the PATH, else the shortest path to it from here, such as `.venv/bin/tickql`."""
    own = Path(sys.argv[0])
    on_path = any(Path(folder) == own.parent for folder in os.get_exec_path())
    return "tickql" if on_path or own.name != "tickql" else min(os.path.relpath(own), str(own), key=len)
