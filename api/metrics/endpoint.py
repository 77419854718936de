"""`/metrics`: for everybody while clients need no token, else for operators only."""

from collections.abc import Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tickql.api.access.grant import Role
from tickql.api.errors import KeysAway, Unauthenticated
from tickql.api.metrics.catalogue import METRICS
from tickql.api.metrics.reading import read
from tickql.api.metrics.worker_samples import WorkerSamples
from tickql.api.transport.authentication import authenticate, refusal_of
from tickql.feed.follower import Follower
from tickql.feed.metrics import CONTENT_TYPE, Samples, exposition

METRICS_PATH = "/metrics"
"""Path of the metrics."""

SampleReader = Callable[[], Samples]
"""Returns the samples of the server: those of this process, or of all its workers."""


def worker_samples(follower: Follower, folder: Path) -> WorkerSamples:
    """Return the samples of all workers that share `folder`."""
    return WorkerSamples(folder, METRICS, lambda: read(follower))


async def metrics(request: Request) -> Response:
    """Answer with the metrics of the server as text."""
    try:
        grant = await authenticate(request)
    except (Unauthenticated, KeysAway) as error:
        return _refusal(str(error), error.extensions, *refusal_of(error))
    if grant.role is not Role.OPERATOR:
        message = "metrics are for operators: `tickql token new --operator`"
        return _refusal(message, {"code": "FORBIDDEN"}, 403)
    read_samples: SampleReader = request.state.read_samples
    return Response(exposition(METRICS, read_samples()), headers={"Content-Type": CONTENT_TYPE})


def _refusal(
    message: str, extensions: dict[str, object], status: int, headers: dict[str, str] | None = None
) -> Response:
    return JSONResponse({"errors": [{"message": message, "extensions": extensions}]}, status, headers)
