"""Logging in by login steps or a saved login: how often, and what the status reports meanwhile."""

import asyncio
import logging
import stat
from pathlib import Path

import pytest

from tests.producer.login.conftest import BY_HAND, LAST, LOGIN, Supervise
from tests.support.broker import KINDS, PASSWORD, Broker
from tickql.feed.status import ProducerState
from tickql.producer.errors import FeedFileError, SecretMissing
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.login.page_login import PageLogin
from tickql.producer.timings import Timings

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.long]


@pytest.mark.parametrize("kinds", [KINDS[:2], KINDS[2:]], ids=" and ".join)
async def test_login_steps_log_in_and_the_saved_login_is_enough_the_next_time(
    supervise: Supervise, broker: Broker, tmp_path: Path, kinds: tuple[str, ...]
) -> None:
    async def one_after_the_other(kind: str) -> None:
        saved = tmp_path / f"{kind}.json"
        first = supervise(kind, f'storage_state = "{saved.name}"')
        await first.until_state(ProducerState.LIVE)
        assert stat.S_IMODE(saved.stat().st_mode) == 0o600
        await first.stop()
        second = supervise(kind, f'storage_state = "{saved.name}"')
        await second.until_state(ProducerState.LIVE)
        assert not any("logged out" in (report.reason or "") for report in second.reports)

    await asyncio.gather(*map(one_after_the_other, kinds))
    assert sorted(broker.attempts) == sorted((kind, True) for kind in kinds)


@pytest.mark.long
@pytest.mark.brief
async def test_a_producer_that_is_logged_out_publishes_nothing_reports_it_and_logs_in_again(
    supervise: Supervise, broker: Broker
) -> None:
    es = supervise("cookie")
    await es.until_state(ProducerState.LIVE)
    broker.log_everybody_out()
    reason = await es.until_state(ProducerState.STALE)
    assert reason == 'logged out: "#account" is not on the page; logging in'
    await es.until_state(ProducerState.LIVE)
    states = [report.state for report in es.reports]
    stale = states.index(ProducerState.STALE, states.index(ProducerState.LIVE))
    live = states.index(ProducerState.LIVE, stale)
    assert es.quotes_before[stale] == es.quotes_before[live]
    await es.until_count(es.quotes_before[live] + 1)
    assert len(broker.attempts) == 2


async def test_after_two_logins_that_the_site_refuses_there_is_no_third_one(
    supervise: Supervise, broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "tickql")
    es = supervise("local", password="wrong horse", timings=Timings(step_s=5.0))
    await es.until_reason("2 logins in a row were not accepted")
    assert broker.attempts == [("local", False)] * 2
    messages = caplog.text + "".join(report.model_dump_json() for report in es.reports)
    assert "the site does not accept the login" in messages
    assert "wrong horse" not in messages


async def test_a_login_saved_by_hand_is_used_at_once(supervise: Supervise, broker: Broker, tmp_path: Path) -> None:
    helper = supervise("session", 'storage_state = "helper.json"')
    await helper.until_state(ProducerState.LIVE)
    login = tmp_path / "login.json"
    login.write_text('{"cookies": []}')
    es = supervise("session", 'storage_state = "login.json"', login=BY_HAND)
    reason = await es.until_state(ProducerState.STALE)
    command = f"`tickql login {broker.address}/session/board -o login.json --force`"
    assert reason == f'logged out: "#account" is not on the page; {command} saves a login'
    (tmp_path / "helper.json").replace(login)
    await es.until_state(ProducerState.LIVE)
    assert len(broker.attempts) == 1


async def test_feed_files_with_one_account_log_in_once_for_all(supervise: Supervise, broker: Broker) -> None:
    boards = [supervise("local", 'storage_state = "login.json"') for _ in range(3)]
    await asyncio.gather(*(es.until_state(ProducerState.LIVE) for es in boards))
    assert broker.attempts == [("local", True)]


async def test_a_login_form_is_recognised_without_a_login_section_in_the_feed_file(
    supervise: Supervise, broker: Broker
) -> None:
    es = supervise("cookie", login="")
    assert "the page asks for a password; `tickql login" in await es.until_state(ProducerState.STALE)


def login_of(tmp_path: Path, page: str = "", environ: dict[str, str] | None = None) -> PageLogin:
    section = LOGIN.format(url="http://localhost", kind="cookie")
    feed = FeedFile.parse(f'[page]\nurl = "http://localhost/"\n{page}\n{section}\n{LAST}', tmp_path / "feed.toml")
    return PageLogin(feed.page, environ if environ is not None else {"BROKER_PASSWORD": PASSWORD})


@pytest.mark.brief
@pytest.mark.parametrize("environ", [{}, {"BROKER_PASSWORD": ""}])
async def test_a_missing_secret_is_an_error_at_the_start(tmp_path: Path, environ: dict[str, str]) -> None:
    with pytest.raises(SecretMissing, match=r'^login step 2 \(fill "#password"\) needs .* BROKER_PASSWORD: set it$'):
        login_of(tmp_path, environ=environ)


@pytest.mark.brief
async def test_a_missing_saved_login_is_an_error_at_the_start(tmp_path: Path) -> None:
    page = FeedFile.parse(f'[page]\nurl = "http://localhost/a?b"\nstorage_state = "no.json"\n{LAST}').page
    with pytest.raises(FeedFileError, match=r"no\.json: no such file; `tickql login http://localhost/a -o no\.json`"):
        PageLogin(page)
