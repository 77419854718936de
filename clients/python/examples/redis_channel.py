"""Every tick of every symbol directly from Redis, with nothing but redis-py.

The simplest client. Ticks that are published while it is not connected are missed.

Run: `python clients/python/examples/redis_channel.py redis://127.0.0.1:6390/0`
"""

import json
import sys
from contextlib import suppress

import redis


def main() -> None:
    """Print the prices of each tick as it arrives."""
    url = sys.argv[1] if len(sys.argv) > 1 else "redis://127.0.0.1:6390/0"
    with redis.Redis.from_url(url, protocol=2) as client, client.pubsub(ignore_subscribe_messages=True) as channel:
        channel.subscribe("market_data")
        for message in channel.listen():
            tick = json.loads(message["data"])
            print(tick["timestamp"], tick["symbol"], tick["ASK"], tick["BID"], tick["LAST"], flush=True)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
