"""A GraphQL subscription that is sent again after every break: a server restart, a lost connection, no network."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any

from gql import Client, gql
from gql.client import AsyncClientSession
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_random_exponential

from .connection import CONNECTION_ERRORS, Token, api_client, current_token, failure
from .errors import TokenRefused, Unreachable

logger = logging.getLogger("tickql.client")

OnConnection = Callable[[str | None], None]
"""Is called with the reason when a connection is lost or not made, and with `None` when it is there."""

_MIN_RETRY_S = 0.1
_MAX_RETRY_S = 5.0
"""Longest random pause between two attempts to connect: many clients must not reconnect to a new server at once."""


async def subscribe(
    url: str,
    document: str,
    variables: Callable[[], dict[str, Any]] = dict,
    *,
    token: Token | None = None,
    on_connection: OnConnection = lambda _: None,
) -> AsyncGenerator[dict[str, Any], None]:
    """Yield the results of a subscription, without end. After a break it is sent again, with new `variables()`.

    `url` is the address of the API, `http://host:port/graphql` (`ws://...` is accepted too).

    Raises:
        InvalidAddress: `url` is no address.
        TokenRefused: the server needs a token, or does not accept this one, nor the next one of a function.
        Refused: the API refuses the operation.
        NotAnApi: the server at this address is not a tickql API.
    """
    refused: str | None = None
    while True:
        given = await current_token(token)
        try:
            async with aclosing(_results(url, document, variables, given, on_connection)) as results:
                async for result in results:
                    yield result
        except TokenRefused as error:
            if not callable(token) or given == refused:
                raise
            # An expired token. The function may have a fresh one.
            refused = given
            on_connection(str(error))
        await asyncio.sleep(_MIN_RETRY_S)


async def _results(
    url: str, document: str, variables: Callable[[], dict[str, Any]], token: str | None, on_connection: OnConnection
) -> AsyncGenerator[dict[str, Any], None]:
    """Yield the results that come over one connection. Ends when that connection breaks, or with an error."""
    client = api_client(url, token)
    session = await _connect(client, url, on_connection)
    on_connection(None)
    request = gql(document)
    request.variable_values = variables()
    is_yielding = False
    try:
        async with aclosing(session.subscribe(request)) as results:
            async for result in results:
                is_yielding = True
                yield result
                is_yielding = False
    except CONNECTION_ERRORS as error:
        # The user closes this generator: gql's last message to the server has failed in place of that.
        if is_yielding:
            return
        _raise_swallowed_cancellation()
        meaning = failure(error, url)
        if not isinstance(meaning, Unreachable):
            raise meaning from error
        logger.info("the subscription broke (%s): subscribing again", meaning)
        on_connection(str(meaning))
    finally:
        await client.close_async()  # type: ignore[no-untyped-call]
    _raise_swallowed_cancellation()


async def _connect(client: Client, url: str, on_connection: OnConnection) -> AsyncClientSession:
    def report_failure(state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome is not None else None
        if state.attempt_number == 1:
            logger.warning("%s is not reachable (%s): trying again", url, error)
        on_connection(str(error))

    async for attempt in AsyncRetrying(
        wait=wait_random_exponential(multiplier=_MIN_RETRY_S, max=_MAX_RETRY_S),
        retry=retry_if_exception_type(Unreachable),
        before_sleep=report_failure,
        reraise=True,
    ):
        with attempt:
            try:
                session = await client.connect_async()  # type: ignore[no-untyped-call]
            except CONNECTION_ERRORS as error:
                raise failure(error, url) from error
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
