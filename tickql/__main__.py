"""`python -m tickql`."""

from tickql.cli import main

main()
