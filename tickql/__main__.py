"""`tickql`, and `python -m tickql`."""

import signal


def main() -> None:
    """Run the command line. A Ctrl-C while it loads ends it without a word."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from tickql.cli.main import main as run

    run()


if __name__ == "__main__":
    main()
