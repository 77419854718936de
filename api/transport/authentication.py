"""Who a request or connection belongs to, and its end when the token ends.

A token comes in the header `Authorization: Bearer <token>`, over WebSockets also in the payload of `connection_init`.
Where a client can send neither, as with a browser's `EventSource`, it fetches a ticket (`POST /ticket`) and adds
`?ticket=<ticket>` to the address.
"""

from collections.abc import Mapping

from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response

from tickql.api.access.authenticator import Authenticator
from tickql.api.access.credentials import token_of_headers, token_of_payload
from tickql.api.access.grant import Grant
from tickql.api.access.ticket import TICKET_S
from tickql.api.errors import KeysAway, Unauthenticated
from tickql.api.limits.refusals import refusals

TICKET_PATH = "/ticket"
"""Path under which clients exchange their token for a ticket."""
UNAUTHORIZED_HEADERS = {"WWW-Authenticate": "Bearer"}
"""RFC 6750, 3: what a client is to send."""
RETRY_HEADERS = {"Retry-After": "10"}
"""RFC 9110, 10.2.3: so many seconds later the keys of JWTs are fetched again."""


async def authenticate(connection: HTTPConnection, payload: Mapping[str, object] | None = None) -> Grant:
    """Return the grant of a request, or of a WebSocket with the payload of its `connection_init`.

    Raises:
        Unauthenticated: it has no valid token. The log counts these.
        KeysAway: whether its token is valid cannot be told at the moment.
    """
    authenticator: Authenticator = connection.state.authenticator
    tickets = connection.query_params.getlist("ticket")
    try:
        token = None if payload is None else token_of_payload(payload)
        if token is None:
            token = token_of_headers(connection.headers.getlist("authorization"))
        if token is None and tickets:
            if len(tickets) > 1:
                raise Unauthenticated("there are several tickets")
            return authenticator.accept_ticket(tickets[0])
        return await authenticator.authenticate(token)
    except Unauthenticated as error:
        refusals.refused("a client without a valid token", str(error))
        raise


def refusal_of(error: Unauthenticated | KeysAway) -> tuple[int, dict[str, str]]:
    """Return the status and the headers of the answer to a request that `authenticate` has refused."""
    return (503, RETRY_HEADERS) if isinstance(error, KeysAway) else (401, UNAUTHORIZED_HEADERS)


async def ticket(request: Request) -> Response:
    """Answer with a ticket: `{"ticket": ..., "expiresIn": <seconds>}`."""
    try:
        grant = await authenticate(request)
    except (Unauthenticated, KeysAway) as error:
        status, headers = refusal_of(error)
        return JSONResponse({"errors": [{"message": str(error), "extensions": error.extensions}]}, status, headers)
    authenticator: Authenticator = request.state.authenticator
    return JSONResponse(
        {"ticket": authenticator.issue_ticket(grant), "expiresIn": TICKET_S}, headers={"Cache-Control": "no-store"}
    )
