"""Refused HTTP requests: the status code, and a JSON body in the form of a GraphQL response."""

import json

from cross_web import HTTPException
from graphql import GraphQLError
from starlette.responses import Response

from tickql.api.transport.authentication import RETRY_HEADERS, UNAUTHORIZED_HEADERS
from tickql.api.transport.negotiation import JSON

_HEADERS = {401: UNAUTHORIZED_HEADERS, 405: {"Allow": "GET, POST"}, 503: RETRY_HEADERS}


class RequestRefused(HTTPException):
    """A request that no operation can be taken from. Strawberry and `GraphQLEndpoint` answer it."""

    def __init__(self, status: int, error: GraphQLError) -> None:
        super().__init__(status, error.message)
        self.error = error


def error_response(refused: HTTPException, media_type: str | None) -> Response:
    """Return the answer to a refused request. `media_type`: of JSON that the client accepts; `None`: of none."""
    error = refused.error if isinstance(refused, RequestRefused) else _bad_request(refused)
    headers = _HEADERS.get(refused.status_code)
    body = json.dumps({"errors": [error.formatted]}, separators=(",", ":"))
    return Response(body, refused.status_code, headers, media_type or JSON)


def _bad_request(refused: HTTPException) -> GraphQLError:
    return GraphQLError(refused.reason, extensions={"code": "BAD_REQUEST"})
