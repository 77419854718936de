"""The API server: serves the ticks of the feed to GraphQL subscribers.

This package is the only one that uses Strawberry, Starlette and uvicorn. It reads prices from Redis through
`tickql.feed`, the only other package that it imports. Its rooms, each of which imports those below it:

* `server`, `app`: the process and the ASGI application
* `transport/`: HTTP, WebSocket, server-sent events
* `pages`, `built_page`, `web_board/`, `graphiql/`: the pages for browsers
* `schema/`: GraphQL types, arguments and resolvers
* `cache/`: repeated queries answered from memory
* `fanout/`: delivery of ticks to subscribers
"""

__all__ = ["errors", "schema_export", "server", "settings"]
