"""`/healthz`: whether the process is alive. `/readyz`: whether it can serve prices; 503 with a reason if not."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tickql.feed.health import FeedState, public_reason


async def healthz(request: Request) -> Response:
    """Answer 200: a process that is not alive does not answer."""
    return JSONResponse({"alive": True})


async def readyz(request: Request) -> Response:
    """Answer 200 if Redis can be reached, else 503.

    The body also contains the state of the feed: a page or producer that fails does not change the status code.
    """
    status = request.state.follower.status()
    ready = status.state is not FeedState.DOWN
    body = {"ready": ready, "state": status.state, "reason": public_reason(status)}
    return JSONResponse(body, status_code=200 if ready else 503)
