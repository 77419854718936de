"""`tickql`, and `python -m tickql`."""

import os
import signal
import sys

from tickql.cli.ending_signals import on_ending_signal


def main() -> None:
    """Run the command line.

    A signal while the modules load ends the process silently. `tickql up` then exits with 0, as it does later.
    """
    if sys.argv[1:2] == ["up"]:
        # `sys.exit` would unwind through half-imported modules and print a traceback.
        on_ending_signal(lambda *_: os._exit(0))
    else:
        # The default action ends the process silently; Python's own handler would print a KeyboardInterrupt.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from tickql.cli.main import main as run

    run()


if __name__ == "__main__":
    main()
