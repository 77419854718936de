"""Connections to an API: the gql client behind all operations, the token, and what a failure of a connection means."""

from collections.abc import Awaitable, Callable
from inspect import isawaitable

from gql import Client
from gql.transport.exceptions import TransportError, TransportQueryError
from gql.transport.websockets import WebsocketsTransport
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from .errors import ClientError, InvalidAddress, NotAnApi, Refused, TokenRefused, Unreachable

URL = "http://127.0.0.1:8000/graphql"
"""The address of the API that `tickql up` starts."""

Token = str | Callable[[], str | Awaitable[str]]
"""A token, or a function that returns one. The function is called for each connection, so that it can return a fresh
token when the previous one has expired."""

CONNECTION_ERRORS = (TransportError, WebSocketException, OSError, TimeoutError)

_PING_S = 10.0
"""Pause between two pings. A connection that died without a notice is detected by a missing pong."""
_CLOSE_S = 2
"""How long to wait for a server's part of the close. A connection that has died would hold up the next one for 10 s."""
_FORBIDDEN = 4403
"""The close code of a server that does not accept the token."""
_TRY_AGAIN = {"BUSY", "FEED_UNAVAILABLE", "KEYS_UNAVAILABLE"}
"""Codes of refusals that end by themselves."""
_UNAVAILABLE = 503
"""The status of a server that has too many connections, or of a proxy whose server is being replaced."""
_BAD_GATEWAY, _GATEWAY_TIMEOUT = 502, 504


def check_address(url: str) -> None:
    """Check that `url` may be the address of an API.

    Raises:
        InvalidAddress: `url` is not an `http://`, `https://`, `ws://` or `wss://` address.
    """
    if not url.startswith(("http://", "https://", "ws://", "wss://")):
        raise InvalidAddress(f"{url!r} is not the address of an API, such as {URL}")


def api_client(url: str, token: str | None = None) -> Client:
    """Return a gql client of the API at `url`, over a WebSocket. Use it with `async with`.

    Raises:
        InvalidAddress: see `check_address`.
    """
    check_address(url)
    # gql offers the older protocol `graphql-ws` first; the API accepts only `graphql-transport-ws`.
    protocols = [WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL]
    address = "ws" + url.removeprefix("http") if url.startswith("http") else url
    transport = WebsocketsTransport(
        address,
        subprotocols=protocols,
        init_payload={} if token is None else {"authorization": f"Bearer {token}"},
        ping_interval=_PING_S,
        close_timeout=_CLOSE_S,
        # A page of history may be larger than 1 MiB, the limit of websockets.
        connect_args={"compression": None, "close_timeout": _CLOSE_S, "max_size": None},
    )
    return Client(transport=transport)


async def current_token(token: Token | None) -> str | None:
    """Return the token for the next connection."""
    given = token() if callable(token) else token
    return await given if isawaitable(given) else given


def failure(error: BaseException, url: str) -> ClientError:
    """Return what a connection error means. `Unreachable`: trying again may help."""
    if isinstance(error, TransportQueryError):
        return _refusal(error)
    if isinstance(error, TimeoutError):
        return Unreachable("no answer in time")
    # gql hides the close frame, and the answer to the handshake, in the cause of its own error.
    cause = error.__cause__ or error
    if isinstance(cause, ConnectionClosed) and cause.rcvd is not None and cause.rcvd.code == _FORBIDDEN:
        return TokenRefused(cause.rcvd.reason)
    if isinstance(cause, InvalidStatus) and cause.response.status_code not in (
        _BAD_GATEWAY,
        _UNAVAILABLE,
        _GATEWAY_TIMEOUT,
    ):
        return NotAnApi(f"no tickql API at {url}: {cause}")
    return Unreachable(reason(cause))


def reason(error: BaseException) -> str:
    """Return an error as a text that is never empty."""
    return str(error) or type(error).__name__


def _refusal(error: TransportQueryError) -> ClientError:
    errors = error.errors or []
    message = "; ".join(each["message"] for each in errors) or str(error)
    codes = {each.get("extensions", {}).get("code") for each in errors}
    if codes and codes <= _TRY_AGAIN:
        return Unreachable(message)
    return Refused(message, codes.pop() if len(codes) == 1 else None)
