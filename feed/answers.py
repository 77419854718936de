"""`answers_of`: ask several servers at the same time, and do not wait for those that hang."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

from tickql.feed.errors import FeedUnavailable

T = TypeVar("T")

_OTHERS_S = 0.1
"""How long the answers of the others are waited for after the first one. A server that hangs would answer never."""


async def answers_of(asked: Iterable[Coroutine[Any, Any, T]]) -> tuple[list[T], list[FeedUnavailable]]:
    """Return the first answer and those that come a moment later, and why others did not answer.

    Raises: what is neither an answer nor `FeedUnavailable`.
    """
    answers: list[T] = []
    failures: list[FeedUnavailable] = []

    async def take(question: Coroutine[Any, Any, T]) -> None:
        try:
            answers.append(await question)
        except FeedUnavailable as error:
            failures.append(error)

    waiting = {asyncio.create_task(take(each)) for each in asked}
    try:
        while waiting and not answers:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        if waiting:
            await asyncio.wait(waiting, timeout=_OTHERS_S)
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
    return answers, failures
