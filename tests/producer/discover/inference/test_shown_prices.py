"""The prices of messages that a page shows, judged on a recorded outline whose numbers the messages hold."""

import json
from collections import deque

from tests.producer.discover.outlines import outline
from tickql.producer.discover.inference.page_prices import find_prices
from tickql.producer.discover.inference.records import FoundStream, find_streams
from tickql.producer.discover.inference.shown_prices import shown_streams, shows_changing_numbers
from tickql.producer.discover.page.outline import Outline
from tickql.producer.discover.page.received_messages import ReceivedStream
from tickql.producer.feedfile.stream_rules import StreamKind

PAGE = outline("table")


def streams(*records: dict[str, str]) -> tuple[FoundStream, ...]:
    messages: deque[str | bytes] = deque(json.dumps(record) for record in records)
    return find_streams([ReceivedStream(StreamKind.WEBSOCKET, "wss://prices.example.test/ws", messages)])


def texts_of(page: Outline, symbol: str, name: str) -> list[str]:
    rows = find_prices(page).rows()
    found = next(spot for _, own, each, spot in rows if (own, each.name) == (symbol, name))
    return [text.replace(",", "") for text in found.texts]


def test_a_price_is_shown_where_a_place_goes_through_its_values() -> None:
    assert shows_changing_numbers([PAGE])
    records: list[dict[str, str]] = []
    for number, text in enumerate(texts_of(PAGE, "ESZ6", "bid")):
        records.append({"symbol": "ESZ6", "bid": text, "ask": f"{6000 + 3 * number}.1"})
        records.append({"symbol": "CLF7", "bid": f"{6000 + 3 * number}.2", "ask": f"{6000 + 3 * number}.3"})
    kept, (note,) = shown_streams(streams(*records), [PAGE])
    assert [(each.names, [*each.picks], each.is_limited) for each in kept] == [(("ESZ6",), ["bid"], True)]
    assert "does not show" in note
    assert "ESZ6 ASK" in note


def test_prices_of_messages_that_the_page_does_not_show_are_left_out_and_told() -> None:
    hidden = ({"symbol": "ESZ6", "last": f"{number}.987"} for number in range(20))
    kept, (note,) = shown_streams(streams(*hidden), [PAGE])
    assert kept == ()
    assert "none is in the file" in note


def test_the_same_values_in_another_order_are_another_price() -> None:
    shuffled = ({"symbol": "ESZ6", "last": text} for text in reversed(texts_of(PAGE, "ESZ6", "last")))
    kept, _ = shown_streams(streams(*shuffled), [PAGE])
    assert kept == ()
