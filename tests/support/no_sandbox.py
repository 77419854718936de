"""Runs a command as an ordinary user who may make no user namespace: `no_sandbox.py COMMAND...`. Needs to be root.

As on machines whose administrator has closed them: Chromium has no sandbox there. Only this process and what it starts
are concerned.
"""

import ctypes
import os
import sys
from pathlib import Path

_CLONE_NEWUSER = 0x10000000
_USER = "1234"
_CAPABILITIES = "+dac_read_search,+dac_override"
"""To find Python and the browser wherever root has them."""


def main() -> int:
    """Run the command and return its exit code; 77: this machine does not let us."""
    made, mapped = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        if ctypes.CDLL(None).unshare(_CLONE_NEWUSER):
            os._exit(77)
        os.write(made[1], b"x")
        os.read(mapped[0], 1)
        Path("/proc/sys/user/max_user_namespaces").write_text("0")
        user = ["--reuid", _USER, "--regid", _USER, "--clear-groups"]
        capabilities = ["--inh-caps", _CAPABILITIES, "--ambient-caps", _CAPABILITIES]
        os.execvp("setpriv", ["setpriv", *user, *capabilities, *sys.argv[1:]])
    os.close(made[1])
    if os.read(made[0], 1):
        for kind in ("uid_map", "gid_map"):
            Path(f"/proc/{child}/{kind}").write_text("0 0 65536")
        os.write(mapped[1], b"x")
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    sys.exit(main())
