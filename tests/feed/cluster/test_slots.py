"""What several nodes say of the slots, as one map."""

from typing import Any

import pytest

from tickql.feed.cluster.slots import SLOTS, Claim, SlotMap, claims
from tickql.feed.redis_address import Node

A, B, C = (Node("10.0.0.1", port) for port in (7000, 7001, 7002))
LAST = SLOTS - 1


def test_a_slot_has_the_primary_of_the_newest_epoch_however_many_name_another() -> None:
    before = [Claim(1, 0, 99, A), Claim(2, 100, LAST, B)]
    after = [Claim(3, 0, 99, C), Claim(2, 100, LAST, B)]
    expected = SlotMap([(0, 99, C), (100, LAST, B)])
    for views in ([before, after], [after, before], [before, before, after], [after]):
        assert SlotMap.newest(views) == expected


def test_without_epochs_the_most_views_decide() -> None:
    before, after = ([Claim(0, 0, LAST, node)] for node in (A, B))
    assert SlotMap.newest([after, before, after]) == SlotMap([(0, LAST, B)])


def test_what_a_moved_slot_leaves_stays_with_its_primary() -> None:
    before, after = [Claim(1, 0, LAST, A)], [Claim(1, 0, 9, A), Claim(4, 10, 10, B), Claim(1, 11, LAST, A)]
    assert SlotMap.newest([before, after]) == SlotMap([(0, 9, A), (10, 10, B), (11, LAST, A)])


def test_slots_that_no_view_names_are_uncovered() -> None:
    assert SlotMap.newest([[Claim(1, 5, 10, A)], []]).uncovered == [(0, 4), (11, LAST)]
    assert SlotMap.newest([[]]).uncovered == [(0, LAST)]


@pytest.mark.parametrize("is_refused", [False, True])
def test_the_replies_of_a_node_are_claims_with_epochs_as_far_as_it_tells_them(is_refused: bool) -> None:
    slots: list[list[Any]] = [
        [0, 99, [b"", 7000, b"aa", []], [b"10.0.0.1", 7003, b"dd", []]],
        [100, LAST, [b"10.0.0.1", 7001, b"bb", []]],
    ]
    nodes = b"aa :7000@17000 myself,master - 0 0 7 connected 0-99\nbb 10.0.0.1:7001@17001 master - 0 1 2 connected\n"
    epochs = (0, 0) if is_refused else (7, 2)
    assert claims(slots, None if is_refused else nodes, A) == [
        Claim(epochs[0], 0, 99, A),
        Claim(epochs[1], 100, LAST, B),
    ]
