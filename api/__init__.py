"""From the feed to GraphQL subscribers. The only user of Strawberry, Starlette and uvicorn."""
