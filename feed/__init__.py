"""The price feed in Redis: the keys, messages and scripts that its writer and its readers share.

The feed knows no web page and no GraphQL, and imports no other package of tickql. Programs of users follow it with
`tickql_client`. What Redis keeps, a test of a recording, say, reads with the functions of `reading`:

    from tickql.feed.reading import history, latest

    newest = await latest("ES")
    page = await history("ES", last=100)

The producer and the API import the modules of this package: `publisher` and `lease` to write, `follower` and `history`
to read, `tick`, `codec` and `status` for the values and messages, `embedded` for a server of their own. The package
itself imports none of them: a program that needs one value does not load a client of Redis.
"""

__all__ = ["codec", "embedded", "follower", "history", "lease", "publisher", "reading", "settings", "status", "tick"]
