"""Runs the demo: `python -m tickql.demo`."""

import sys

from tickql.demo.cli import main

if __name__ == "__main__":
    sys.exit(main())
