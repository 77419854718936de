"""A login that is being filled in is in no picture; the page behind it is."""

import pytest

from tests.producer.login.conftest import LOGIN, Supervise
from tests.support.broker import PASSWORD, Broker
from tests.support.waiting import until
from tickql.feed.page_view import NotSeen
from tickql.feed.status import ProducerState
from tickql.producer.timings import Timings
from tickql.producer.view.page_viewer import PageViewer

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.long]


async def test_a_login_is_not_seen_while_its_steps_run(supervise: Supervise, broker: Broker) -> None:
    # The last step waits for what never comes: the login stays filled in until its deadline.
    login = LOGIN.replace('click = "#sign-in"', 'wait = "#never"')
    es = supervise("cookie", login=login, timings=Timings(step_s=20))
    viewer = PageViewer(es.supervisor.watched)

    async def is_filled_in() -> bool:
        observer = es.supervisor._recycler.lifecycle._observer
        password = None if observer is None else observer.page.locator("#password")
        return password is not None and await password.count() == 1 and await password.input_value() == PASSWORD

    await until(is_filled_in)
    with pytest.raises(NotSeen, match="opened, or logged in to"):
        await viewer.look()
    assert await is_filled_in(), "the login was filled in all the time"


async def test_a_page_behind_a_login_is_seen_once_it_is_open(supervise: Supervise, broker: Broker) -> None:
    es = supervise("cookie")
    await es.until_state(ProducerState.LIVE)
    view = (await PageViewer(es.supervisor.watched).look()).view
    assert view.page.endswith("/cookie/board")
    assert [field.price is not None for field in view.fields] == [True]
