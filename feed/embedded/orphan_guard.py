"""A program that runs a command and ends it when its own parent dies: `python orphan_guard.py COMMAND...`.

The parent holds the other end of the standard input of this process. When that end closes, because the parent closed it
or was killed, the command gets SIGTERM and after 8 s SIGKILL. A byte from the parent is SIGKILL at once. The exit code
is that of the command; if a signal ended the command, it is 128 plus the signal's number, as in a shell. Needs only
Python.
"""

import os
import signal
import subprocess
import sys
import threading

_KILL_AFTER_S = 8.0
"""Time between SIGTERM and SIGKILL. A server writes its append-only file to disk meanwhile; a supervisor waits 10 s."""


def main() -> int:
    """Run the command given as arguments and return its exit code."""
    # The parent decides when the command ends: a Ctrl-C in the terminal must not reach the command first.
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    # Blocked, and taken by a thread with `sigwait`. A Python handler runs between two bytecodes: if the signal arrives
    # just before `wait` blocks, the handler runs only when the command has ended by itself.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, close_fds=False, preexec_fn=_unblock_sigterm)
    threading.Thread(target=_terminate_on_signal, args=(child,), daemon=True).start()
    threading.Thread(target=_terminate_with_parent, args=(child,), daemon=True).start()
    code = child.wait()
    return code if code >= 0 else 128 - code


def _unblock_sigterm() -> None:
    # The command would inherit the mask. No thread runs yet, so `preexec_fn` is safe.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})


def _terminate_on_signal(child: "subprocess.Popen[bytes]") -> None:
    while True:
        signal.sigwait({signal.SIGTERM})
        child.terminate()


def _terminate_with_parent(child: "subprocess.Popen[bytes]") -> None:
    # Not sys.stdin: if the command ends first, the interpreter aborts while this thread holds the lock of its buffer.
    if os.read(0, 1):
        child.kill()
        return
    child.terminate()
    try:
        child.wait(_KILL_AFTER_S)
    except subprocess.TimeoutExpired:
        child.kill()


if __name__ == "__main__":
    sys.exit(main())
