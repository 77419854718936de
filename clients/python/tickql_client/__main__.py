"""Prints every tick of a symbol, once and in order, until Ctrl-C.

Run: `python -m tickql_client ES`, or without an API: `python -m tickql_client ES --redis redis://127.0.0.1:6390/0`.
"""

import argparse
import os
import sys
from contextlib import suppress

from .connection import URL
from .errors import ClientError
from .sync import follow, ticks


def main() -> None:
    """Print the ticks of one symbol until the program is stopped."""
    parser = argparse.ArgumentParser(prog="python -m tickql_client", description="Print every tick of a symbol.")
    parser.add_argument("symbol", help="the symbol, such as ES")
    parser.add_argument("--url", default=URL, help="address of the API (default: %(default)s)")
    parser.add_argument("--redis", metavar="URL", help="read from this Redis instead: redis://127.0.0.1:6390/0")
    parser.add_argument("--after", help="start after this cursor, the one of the last tick seen")
    parser.add_argument("--token", default=os.environ.get("TICKQL_TOKEN"), help="the token (default: $TICKQL_TOKEN)")
    options = parser.parse_args()
    if options.redis is not None:
        news = follow(options.symbol, options.redis, after=options.after)
    else:
        news = ticks(options.symbol, after=options.after, url=options.url, token=options.token)
    try:
        for tick in news:
            if tick.gap is not None:
                sys.stdout.write(f"gap: {tick.gap.reason}, {tick.gap.lost} lost after {tick.gap.after}\n")
            prices = f"ask {tick.ask}  bid {tick.bid}  last {tick.last}"
            sys.stdout.write(f"{tick.timestamp:%Y-%m-%d %H:%M:%S.%f}  {tick.cursor}  {prices}\n")
            sys.stdout.flush()
    except ClientError as error:
        sys.exit(f"tickql_client: {error}")


if __name__ == "__main__":
    # The second one: what reads the output, such as `head`, has enough.
    with suppress(KeyboardInterrupt, BrokenPipeError):
        main()
