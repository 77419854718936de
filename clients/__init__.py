"""Programs that use tickql from outside: examples to run and to copy.

A client knows the GraphQL API, or the messages in Redis. It may import `tickql.feed`, and nothing of `tickql.api` or
`tickql.producer`: what a client needs, a user's program can have too.
"""

__all__ = ["python"]
