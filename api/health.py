"""`/healthz`: the process answers. `/readyz`: it can give prices; 503 and why, if not."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tickql.api.schema.status import reason_of
from tickql.feed.health import FeedState


async def healthz(request: Request) -> Response:
    """Whether the process is alive: it would not answer otherwise."""
    return JSONResponse({"alive": True})


async def readyz(request: Request) -> Response:
    """Whether Redis is reachable and followed. The state of page and producer is told but does not count."""
    status = request.state.follower.status()
    ready = status.state is not FeedState.DOWN
    body = {"ready": ready, "state": status.state, "reason": reason_of(status)}
    return JSONResponse(body, status_code=200 if ready else 503)
