"""Logging in by a recipe: when it is done, how often, and what is said of it."""

import stat
from pathlib import Path

import pytest

from feed.status import ProducerState
from tests.sessions.broker import KINDS, Broker
from tests.sessions.conftest import Supervise

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize("kind", KINDS)
async def test_a_recipe_logs_in_and_a_saved_login_is_enough_the_next_time(
    supervise: Supervise, broker: Broker, tmp_path: Path, kind: str
) -> None:
    first = supervise(kind, 'storage_state = "login.json"')
    await first.until_state(ProducerState.LIVE)
    assert broker.tries == [(kind, True)]
    assert stat.S_IMODE((tmp_path / "login.json").stat().st_mode) == 0o600
    await first.stop()
    second = supervise(kind, 'storage_state = "login.json"')
    await second.until_state(ProducerState.LIVE)
    assert broker.tries == [(kind, True)]
    assert not any("logged out" in (report.reason or "") for report in second.reports)
