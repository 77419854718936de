"""The same functions for programs without asyncio: generators to loop over, and functions that wait for the answer.

    from tickql_client.sync import last_price, ticks

    for tick in ticks("ES"):
        print(tick.timestamp, tick.last)

They run in the thread that calls them. In a program that has an event loop, such as a notebook, they raise a
`RuntimeError`: use the functions of `tickql_client` itself there. Between two ticks nothing runs, so a caller that is
busy for more than some seconds may lose its connection. Its ticks then continue after the last one, as after any other
break.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from . import follower, queries, subscriptions

__all__ = ["board", "feed_status", "follow", "history", "last_price", "last_prices", "ticks"]

P = ParamSpec("P")
T = TypeVar("T")


def _iterated(function: Callable[P, AsyncGenerator[T, None]]) -> Callable[P, Generator[T, None, None]]:
    @wraps(function)
    def iterate(*args: P.args, **kwargs: P.kwargs) -> Generator[T, None, None]:
        _check_no_loop()
        generator = function(*args, **kwargs)
        with asyncio.Runner() as runner:
            try:
                while True:
                    yield runner.run(_next(generator))
            finally:
                runner.run(_close(generator))

    return iterate


def _awaited(function: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, T]:
    @wraps(function)
    def wait(*args: P.args, **kwargs: P.kwargs) -> T:
        _check_no_loop()
        return asyncio.run(function(*args, **kwargs))

    return wait


def _check_no_loop() -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise RuntimeError("an event loop runs here: use the same function of `tickql_client`, which is asynchronous")


async def _next(generator: AsyncGenerator[T, None]) -> T:
    return await anext(generator)


async def _close(generator: AsyncGenerator[T, None]) -> None:
    await generator.aclose()


ticks = _iterated(subscriptions.ticks)
board = _iterated(subscriptions.board)
feed_status = _iterated(subscriptions.feed_status)
follow = _iterated(follower.follow)
last_price = _awaited(queries.last_price)
last_prices = _awaited(queries.last_prices)
history = _awaited(queries.history)
