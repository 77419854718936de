"""Python clients: two for Redis, one for the GraphQL API.

`subscriber.ticks` and `resuming.subscribe` are meant to be imported; each module with a `main` also runs as a program.
"""

__all__ = ["feed_follower", "redis_subscriber", "resuming", "subscriber"]
