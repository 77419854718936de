"""A GraphQL subscription that is sent again after every break: a server restart, a lost connection, no network."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any

from gql import Client, gql
from gql.client import AsyncClientSession
from gql.transport.exceptions import TransportError, TransportQueryError
from gql.transport.websockets import WebsocketsTransport
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_random_exponential
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

logger = logging.getLogger("tickql.client")

_CONNECTION_ERRORS = (TransportError, WebSocketException, OSError, TimeoutError)
# Subclasses of the errors above that a retry does not cure.
_PERMANENT_ERRORS = (TransportQueryError, InvalidStatus)
_MIN_RETRY_S = 0.1
_MAX_RETRY_S = 5.0
"""Longest random pause between two attempts to connect: many clients must not reconnect to a new server at once."""
_FORBIDDEN = 4403
"""The close code of a server that does not accept the token."""
_PING_S = 10.0
"""Pause between two pings. A connection that died without a notice is detected by a missing pong."""
_CLOSE_S = 2
"""How long to wait for a server's part of the close. A connection that has died would hold up the next one for 10 s."""


async def subscribe(
    url: str,
    document: str,
    variables: Callable[[], dict[str, Any]],
    on_connection: Callable[[str | None], None] = lambda _: None,
    token: str | None = None,
) -> AsyncGenerator[dict[str, Any], None]:
    """Yield the results of a subscription, without end. After a break it is sent again, with new `variables()`.

    `url` is the address of the API, `http://host:port/graphql` (`ws://...` is accepted too). `on_connection` is called
    with the reason when the connection is lost or refused, and with `None` when it is established. `token`: for a
    server that needs one.

    Raises:
        TokenRefused: the server needs a token, or does not accept this one (any more).
        TransportQueryError: the API refuses the operation; the message names the reason.
        InvalidStatus: the server at this address is not a tickql API.
    """
    request = gql(document)
    while True:
        request.variable_values = variables()
        client = api_client(url, token)
        session = await _connect(client, url, on_connection)
        on_connection(None)
        is_yielding = False
        try:
            async with aclosing(session.subscribe(request)) as results:
                async for result in results:
                    is_yielding = True
                    yield result
                    is_yielding = False
        except _PERMANENT_ERRORS:
            raise
        except _CONNECTION_ERRORS as error:
            # The user closes this generator: gql's last message to the server has failed in place of that.
            if is_yielding:
                return
            _raise_swallowed_cancellation()
            check_token(error)
            logger.info("the subscription broke (%s): subscribing again", _reason(error))
            on_connection(_reason(error))
        finally:
            await client.close_async()  # type: ignore[no-untyped-call]
        _raise_swallowed_cancellation()
        await asyncio.sleep(_MIN_RETRY_S)


class TokenRefused(Exception):
    """The server does not accept the token. The message is its reason."""


def api_client(url: str, token: str | None = None) -> Client:
    """Return a gql client of the API at `url`, over a WebSocket. Use it with `async with`.

    `token`: for a server that needs one.

    Raises:
        ValueError: `url` is not an `http://`, `https://`, `ws://` or `wss://` address.
    """
    if not url.startswith(("http://", "https://", "ws://", "wss://")):
        raise ValueError(f"{url!r} is not the address of an API, such as http://127.0.0.1:8000/graphql")
    # gql offers the older protocol `graphql-ws` first; the API accepts only `graphql-transport-ws`.
    protocols = [WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL]
    address = "ws" + url.removeprefix("http") if url.startswith("http") else url
    transport = WebsocketsTransport(
        address,
        subprotocols=protocols,
        init_payload={} if token is None else {"authorization": f"Bearer {token}"},
        ping_interval=_PING_S,
        close_timeout=_CLOSE_S,
        connect_args={"compression": None, "close_timeout": _CLOSE_S},
    )
    return Client(transport=transport)


def check_token(error: BaseException) -> None:
    """Raise `TokenRefused` if a connection has failed because of its token."""
    # gql hides the close frame in the cause of its own error.
    cause = error.__cause__ or error
    if isinstance(cause, ConnectionClosed) and cause.rcvd is not None and cause.rcvd.code == _FORBIDDEN:
        raise TokenRefused(cause.rcvd.reason) from error


async def _connect(client: Client, url: str, on_connection: Callable[[str | None], None]) -> AsyncClientSession:
    def report_failure(state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome is not None else None
        if state.attempt_number == 1:
            logger.warning("%s is not reachable (%s): trying again", url, error)
        on_connection(_reason(error))

    async for attempt in AsyncRetrying(
        wait=wait_random_exponential(multiplier=_MIN_RETRY_S, max=_MAX_RETRY_S),
        retry=retry_if_exception(
            lambda error: isinstance(error, _CONNECTION_ERRORS) and not isinstance(error, _PERMANENT_ERRORS)
        ),
        before_sleep=report_failure,
        reraise=True,
    ):
        with attempt:
            try:
                session = await client.connect_async()  # type: ignore[no-untyped-call]
            except _CONNECTION_ERRORS as error:
                check_token(error)
                raise
    assert isinstance(session, AsyncClientSession)
    return session


def _raise_swallowed_cancellation() -> None:
    """End a task that is to be cancelled: to subscribe again would ignore a timeout, or Ctrl-C.

    On a broken connection gql raises a connection error in place of the cancellation. And `asyncio.wait_for`, which gql
    closes with, loses a cancellation that comes in the moment in which its wait ends (Python 3.11).
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _reason(error: BaseException | None) -> str:
    return str(error) or type(error).__name__
