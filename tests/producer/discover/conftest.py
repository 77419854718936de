"""The web site of the fixture pages."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.producer.discover.pages import FixtureSite


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def pages() -> AsyncIterator[FixtureSite]:
    async with FixtureSite() as pages:
        pages.redirect("/forever", "/forever")
        pages.put("/locked", "", status=401)
        yield pages
