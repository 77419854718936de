"""Confirms of a channel: a part of what was published is confirmed when each message of it is."""

import asyncio
import itertools

import pytest

from tickql.relay.rabbitmq.exchange_confirms import Confirms, MessagesRefused


def outcome(part: "asyncio.Future[None]") -> str:
    if not part.done():
        return "open"
    return "refused" if isinstance(part.exception(), MessagesRefused) else "confirmed"


async def published(*sizes: int) -> tuple[Confirms, list["asyncio.Future[None]"]]:
    confirms = Confirms()
    return confirms, [confirms.publish(size) for size in sizes]


@pytest.mark.parametrize("numbers", list(itertools.permutations(range(1, 5))))
async def test_confirms_one_by_one_in_any_order(numbers: tuple[int, ...]) -> None:
    confirms, (first, second) = await published(2, 2)
    for count, number in enumerate(numbers, 1):
        confirms.confirm(number, False)
        had = set(numbers[:count])
        assert outcome(first) == ("confirmed" if {1, 2} <= had else "open")
        assert outcome(second) == ("confirmed" if {1, 2, 3, 4} <= had else "open")


async def test_a_confirm_of_all_up_to_a_message() -> None:
    confirms, (first, second, third) = await published(2, 3, 1)
    confirms.confirm(5, False)
    confirms.confirm(3, True)
    assert [outcome(part) for part in (first, second, third)] == ["confirmed", "open", "open"]

    confirms.confirm(4, False)
    assert [outcome(part) for part in (second, third)] == ["confirmed", "open"]

    confirms.confirm(6, True)
    assert outcome(third) == "confirmed"


async def test_a_confirm_that_comes_twice_changes_nothing() -> None:
    confirms, (first, second) = await published(1, 2)
    for _ in range(2):
        confirms.confirm(1, False)
        confirms.confirm(1, True)

    assert [outcome(part) for part in (first, second)] == ["confirmed", "open"]


async def test_only_the_part_with_the_refused_message_is_refused() -> None:
    confirms, parts = await published(2, 2, 2)
    confirms.refuse(3, False)
    confirms.confirm(6, True)

    assert [outcome(part) for part in parts] == ["confirmed", "refused", "confirmed"]


async def test_all_parts_up_to_a_refused_message_are_refused() -> None:
    confirms, parts = await published(1, 2, 2, 2)
    confirms.confirm(1, False)
    confirms.refuse(4, True)
    confirms.confirm(7, True)

    assert [outcome(part) for part in parts] == ["confirmed", "refused", "refused", "confirmed"]
