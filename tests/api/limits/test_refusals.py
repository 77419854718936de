"""The log of refusals: the first of a kind at once, then a count."""

import asyncio
import logging

import pytest

from tests.support.waiting import until
from tickql.api.limits.refusals import RefusalLog


async def test_a_flood_of_refusals_is_one_line_and_a_count(caplog: pytest.LogCaptureFixture) -> None:
    log = RefusalLog(quiet_s=0.05)
    with caplog.at_level(logging.WARNING, "tickql.api"):
        for _ in range(1000):
            log.refused("connection: 5 are open")
        log.refused("header: too long")
        assert caplog.messages == ["refused connection: 5 are open", "refused header: too long"]

        async def has_count() -> bool:
            await asyncio.sleep(0)
            return len(caplog.messages) > 2

        await until(has_count)
    assert caplog.messages[2:] == ["refused connection: 5 are open: 999 more in 0.05 s"]
