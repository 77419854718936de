"""An exchange for pages that receive prices."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.support.exchange import Exchange


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def exchange() -> AsyncIterator[Exchange]:
    async with Exchange() as exchange:
        yield exchange
