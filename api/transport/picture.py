"""`/picture`: the picture of a page, as the producer has taken it. For operators only, and never stored on the way."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tickql.api.errors import ApiError, BadUserInput, KeysAway, OperatorsOnly, Unauthenticated
from tickql.api.permitted_feed import PermittedFeed
from tickql.api.transport.authentication import authenticate, refusal_of
from tickql.feed.errors import FeedBusy, FeedUnavailable
from tickql.feed.page_view import PICTURE_TYPE

_HEADERS = {
    "Cache-Control": "no-store",
    # No page of another origin may show it, not even as an image that it cannot read.
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'",
    "Referrer-Policy": "no-referrer",
}


async def picture(request: Request) -> Response:
    """Answer with a JPEG; 404 if there is none, or a newer one.

    Query parameters: `feedFile`, and `view`, the id of the view (see `tickql.api.schema.page_view`).
    """
    try:
        feed = PermittedFeed(request.state.follower, await authenticate(request))
        found = await feed.picture(_parameter(request, "feedFile"), _parameter(request, "view"))
    except (Unauthenticated, KeysAway) as error:
        return _refusal(error, *refusal_of(error))
    except OperatorsOnly as error:
        return _refusal(error, 403)
    except BadUserInput as error:
        return _refusal(error, 400)
    except (FeedUnavailable, FeedBusy):
        return _refusal(ApiError("the price feed cannot be reached", code="FEED_UNAVAILABLE"), 503)
    if found is None:
        return _refusal(ApiError("the picture is gone: ask for a new one", code="NOT_FOUND"), 404)
    return Response(found, headers=_HEADERS, media_type=PICTURE_TYPE)


def _parameter(request: Request, name: str) -> str:
    values = request.query_params.getlist(name)
    if len(values) != 1:
        raise BadUserInput(name, "is needed, once")
    return values[0]


def _refusal(error: ApiError, status: int, headers: dict[str, str] | None = None) -> Response:
    body = {"errors": [{"message": str(error), "extensions": error.extensions}]}
    return JSONResponse(body, status, {**_HEADERS, **(headers or {})})
