"""What pages do to show a new price, and that each way of it is seen."""

import pytest

from producer.errors import FeedFileError
from tests.producer.conftest import Watching

pytestmark = pytest.mark.asyncio(loop_scope="session")

ES = """
[[symbol]]
name = "ES"
ask = "#es .ask"
bid = "#es .bid"
last = "#es .last"
"""
ES_BODY = "<div id=es><b class=ask>4.2</b><b class=bid>4.1</b><b class=last>4.15</b></div>"
LAST = """
[[symbol]]
name = "ES"
last = "#last"
"""


async def test_what_the_page_shows_at_first_is_the_first_quote(watch: Watching) -> None:
    es = await watch(ES_BODY, ES)
    await es.until_prices("4.2", "4.1", "4.15")
    assert len(es.quotes) == 1


async def test_a_new_text_content_is_seen(watch: Watching) -> None:
    es = await watch("<b id=last>1</b>", LAST)
    await es.until_last("1")
    await es.run("last.textContent = '2'")
    await es.until_last("2")


async def test_a_changed_text_node_is_seen(watch: Watching) -> None:
    es = await watch("<b id=last>1</b>", LAST)
    await es.until_last("1")
    await es.run("last.firstChild.data = '2'")
    await es.until_last("2")


async def test_a_replaced_element_is_seen_and_followed(watch: Watching) -> None:
    es = await watch("<div><b id=last>1</b></div>", LAST)
    await es.until_last("1")
    await es.run("last.parentNode.innerHTML = '<b id=last>2</b>'")
    await es.until_last("2")
    await es.run("document.getElementById('last').firstChild.data = '3'")
    await es.until_last("3")
    assert es.lasts() == ["1", "2", "3"]
