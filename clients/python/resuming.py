"""A GraphQL subscription that starts anew after every break: server restarted, connection lost, network gone."""

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
from websockets.exceptions import InvalidStatus, WebSocketException

logger = logging.getLogger("tickql.client")

_BREAKS = (TransportError, WebSocketException, OSError, TimeoutError)
_REFUSALS = (TransportQueryError, InvalidStatus)
_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 5.0
_PING_S = 10.0


async def subscribe(
    url: str,
    document: str,
    variables: Callable[[], dict[str, Any]],
    broken: Callable[[str | None], None] = lambda _: None,
) -> AsyncGenerator[dict[str, Any], None]:
    """Results of a subscription, for ever. After a break it is sent again with what `variables()` returns then.

    `url` is the API's address, `http://host:port/graphql` (`ws://...` does as well). `broken` is told why nothing comes
    when the API cannot be reached, and `None` when it can again.

    Raises:
        TransportQueryError: the API refuses the operation; its message says why.
        InvalidStatus: somebody answers at this address, but not a tickql API.
    """
    request = gql(document)
    while True:
        request.variable_values = variables()
        client = api_client(url)
        session = await _connected(client, url, broken)
        broken(None)
        try:
            async with aclosing(session.subscribe(request)) as results:
                async for result in results:
                    yield result
        except _REFUSALS:
            raise
        except _BREAKS as error:
            logger.info("the subscription broke off (%s), starting it anew", _reason(error))
            broken(_reason(error))
        finally:
            await client.close_async()  # type: ignore[no-untyped-call]
        await asyncio.sleep(_PAUSE_S)


def api_client(url: str) -> Client:
    """A gql client of the API at `url`, over a WebSocket. Use it with `async with`.

    Raises:
        ValueError: not an `http://`, `https://`, `ws://` or `wss://` address.
    """
    if not url.startswith(("http://", "https://", "ws://", "wss://")):
        raise ValueError(f"{url!r} is no address of an API, such as http://127.0.0.1:8000/graphql")
    # gql offers the legacy protocol first; the API speaks only the current one.
    protocols = [WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL]
    address = "ws" + url.removeprefix("http") if url.startswith("http") else url
    transport = WebsocketsTransport(
        address, subprotocols=protocols, ping_interval=_PING_S, connect_args={"compression": None}
    )
    return Client(transport=transport)


async def _connected(client: Client, url: str, broken: Callable[[str | None], None]) -> AsyncClientSession:
    def say(state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome is not None else None
        if state.attempt_number == 1:
            logger.warning("%s is not reachable (%s), trying again", url, error)
        broken(_reason(error))

    async for attempt in AsyncRetrying(
        wait=wait_random_exponential(multiplier=_PAUSE_S, max=_LONGEST_PAUSE_S),
        retry=retry_if_exception(lambda error: isinstance(error, _BREAKS) and not isinstance(error, _REFUSALS)),
        before_sleep=say,
    ):
        with attempt:
            session = await client.connect_async()  # type: ignore[no-untyped-call]
    assert isinstance(session, AsyncClientSession)
    return session


def _reason(error: BaseException | None) -> str:
    return str(error) or type(error).__name__
