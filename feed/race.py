"""`race`: run coroutines concurrently until the first of them ends."""

import asyncio
from collections.abc import Coroutine
from typing import Any


async def race(*coroutines: Coroutine[Any, Any, object]) -> None:
    """Run coroutines concurrently until the first one ends; cancel the others and wait until they have ended too.

    Raises: what the first one raised. What the cancelled ones raise is dropped.
    """
    # Not asyncio.TaskGroup: in Python 3.11 a task group loses its own cancellation if one of its tasks fails in the
    # same moment. A task that has to stop would then never stop.
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()
