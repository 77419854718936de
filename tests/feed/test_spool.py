"""Numbering: every quote gets the next seq, and a number's content never changes once it was made."""

import json

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tickql.feed.codec import decode_tick
from tickql.feed.scripts import OpenVerdict
from tickql.feed.spool import Spool
from tickql.feed.tick import Cursor, Quote


def quote(number: int) -> Quote:
    return Quote("ES", None, None, str(number), number)


def numbers(payloads: list[bytes]) -> list[tuple[int, str]]:
    return [(decode_tick(payload).seq, json.loads(payload)["LAST"]) for payload in payloads]


class SpoolMachine(RuleBasedStateMachine):
    """A spool beside a plain list of what it should hold: (seq, quote number)."""

    @initialize(capacity=st.integers(1, 8))
    def start(self, capacity: int) -> None:
        self.spool = Spool("ES", capacity)
        self.held: list[tuple[int, str]] = []
        self.added = 0
        self.clock_us = 0
        self.sent: dict[Cursor, bytes] = {}

    def _clock_us(self) -> int:
        self.clock_us += 1
        return self.clock_us

    @rule()
    def add(self) -> None:
        self.added += 1
        seq = self.held[-1][0] + 1 if self.held else self.spool.last_seq + 1
        self.held.append((seq, str(self.added)))
        assert self.spool.add(quote(self.added)) == self._lose(self.spool.capacity)
        assert self.spool.newest_us == self.added

    @rule(capacity=st.integers(1, 8))
    def resize(self, capacity: int) -> None:
        assert self.spool.resize(capacity) == self._lose(capacity)

    def _lose(self, capacity: int) -> int:
        lost = 0
        while len(self.held) > capacity:
            lost += self.held.pop(0)[0] > self.spool.confirmed_seq
        return lost

    @precondition(lambda self: self.spool.epoch)
    @rule(limit=st.integers(1, 5))
    def send(self, limit: int) -> None:
        first, payloads = self.spool.next_batch(limit, self._clock_us)
        waiting = [each for each in self.held if each[0] > self.spool.confirmed_seq]
        assert numbers(payloads) == waiting[:limit]
        assert not waiting or first == waiting[0][0]
        for payload in payloads:
            cursor = decode_tick(payload).cursor
            assert cursor.epoch == self.spool.epoch
            assert self.sent.setdefault(cursor, payload) == payload

    @precondition(lambda self: self.spool.epoch and self.spool.unconfirmed)
    @rule(data=st.data())
    def acknowledge(self, data: st.DataObject) -> None:
        top = data.draw(st.integers(self.spool.confirmed_seq, self.spool.last_seq))
        before = self.spool.confirmed_seq
        assert self.spool.confirm(top) == top - before
        assert self.spool.confirmed_seq == top

    @precondition(lambda self: self.spool.epoch)
    @rule()
    def acknowledge_less_than_before(self) -> None:
        before = self.spool.confirmed_seq
        assert self.spool.confirm(max(0, before - 1)) == 0
        assert self.spool.confirmed_seq == before

    @precondition(lambda self: self.spool.epoch and self.spool.first_seq <= self.spool.confirmed_seq)
    @rule(data=st.data())
    def redis_lost_some(self, data: st.DataObject) -> None:
        top = data.draw(st.integers(self.spool.first_seq - 1, self.spool.confirmed_seq))
        self.spool.apply_open(OpenVerdict.REPAIR, self.spool.epoch, top)
        assert self.spool.confirmed_seq == top

    @rule(verdict=st.sampled_from([OpenVerdict.NEW, OpenVerdict.ROTATE, OpenVerdict.TAKEOVER]), ahead=st.integers(0, 9))
    def number_anew(self, verdict: OpenVerdict, ahead: int) -> None:
        waiting = [content for seq, content in self.held if seq > self.spool.confirmed_seq]
        if not waiting:
            waiting = [content for _, content in self.held[-1:]]  # the newest price is sent again
        top = self.spool.confirmed_seq + ahead
        self.spool.apply_open(verdict, self.spool.epoch + 1, top)
        self.held = list(enumerate(waiting, start=top + 1))
        assert self.spool.top == Cursor("ES", self.spool.epoch, top)

    @invariant()
    def counts_what_it_holds(self) -> None:
        if not hasattr(self, "held"):
            return
        assert len(self.held) <= self.spool.capacity
        assert self.spool.unconfirmed == sum(seq > self.spool.confirmed_seq for seq, _ in self.held)
        if self.held:
            assert (self.spool.first_seq, self.spool.last_seq) == (self.held[0][0], self.held[-1][0])
        else:
            assert self.spool.first_seq == self.spool.last_seq + 1


TestSpool = SpoolMachine.TestCase
TestSpool.settings = settings(deadline=None, derandomize=True, max_examples=80, stateful_step_count=30)


def test_a_new_spool_has_no_unconfirmed_tick() -> None:
    spool = Spool("ES", 10)
    assert (spool.first_seq, spool.last_seq, spool.unconfirmed, spool.newest_us) == (1, 0, 0, None)


def test_a_tick_that_is_sent_again_keeps_its_first_publishing_time() -> None:
    spool = Spool("ES", 10)
    spool.apply_open(OpenVerdict.NEW, 7, 0)
    spool.add(quote(1))
    _, first = spool.next_batch(10, lambda: 100)
    _, again = spool.next_batch(10, lambda: 200)
    assert again == first
    assert decode_tick(first[0]).published_us == 100


@pytest.mark.parametrize("acked", [0, 2])
def test_a_full_spool_counts_only_unconfirmed_ticks_as_dropped(acked: int) -> None:
    spool = Spool("ES", 2)
    spool.apply_open(OpenVerdict.NEW, 7, 0)
    lost = [spool.add(quote(number)) for number in (1, 2)]
    spool.confirm(acked)
    lost += [spool.add(quote(3)), spool.add(quote(4))]
    assert sum(lost) == 2 - acked


def test_a_spool_that_dropped_ticks_before_it_was_opened_is_not_new() -> None:
    spool = Spool("ES", 2)
    spool.add(quote(1))
    assert spool.open_arguments == (0, 0, 1, 0)
    for number in range(2, 5):
        spool.add(quote(number))
    assert spool.open_arguments == (1, 0, 3, 4)


def test_after_a_drop_the_batch_begins_after_the_missing_ticks() -> None:
    spool = Spool("ES", 2)
    spool.apply_open(OpenVerdict.NEW, 7, 0)
    for number in range(1, 5):
        spool.add(quote(number))
    first, payloads = spool.next_batch(10, lambda: 0)
    assert first == 3
    assert numbers(payloads) == [(3, "3"), (4, "4")]
