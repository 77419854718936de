"""Runs a command that must not outlive whoever started it: `python guard.py COMMAND...`. Needs nothing but Python.

The starter holds the other end of this process's standard input. When that closes, by intent or because the starter
was killed, the command is asked to end (SIGTERM) and after 10 s made to. The exit code is the command's, or as in a
shell 128 and the number of the signal that ended it.
"""

import os
import signal
import subprocess
import sys
import threading

_PATIENCE_S = 10.0


def main() -> int:
    """Run the command given as arguments and return its exit code."""
    # The starter decides when to end: a Ctrl-C in its terminal must not reach the command first.
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, close_fds=False)
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    threading.Thread(target=_end_with_starter, args=(child,), daemon=True).start()
    code = child.wait()
    return code if code >= 0 else 128 - code


def _end_with_starter(child: "subprocess.Popen[bytes]") -> None:
    # Not sys.stdin: a thread inside its buffer makes the interpreter abort when the command ends first.
    while os.read(0, 4096):
        pass
    child.terminate()
    try:
        child.wait(_PATIENCE_S)
    except subprocess.TimeoutExpired:
        child.kill()


if __name__ == "__main__":
    sys.exit(main())
