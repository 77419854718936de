"""The ring against a plain list of every tick ever appended."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tickql.feed.ring import NOT_STARTED, Ring, gap_before, gap_between
from tickql.feed.tick import Cursor, Gap, GapReason, Tick

FEW_EPOCHS = st.integers(1, 4)


def tick(epoch: int, seq: int) -> Tick:
    return Tick(Cursor("ES", epoch, seq), None, None, str(seq), seq, seq)


def filled(capacity: int, *seqs: int) -> Ring:
    ring = Ring(capacity)
    for seq in seqs:
        ring.append(tick(1, seq))
    return ring


class RingMachine(RuleBasedStateMachine):
    """Appends what a follower may append: the next tick, one after a hole, one of another epoch, one seen before."""

    @initialize(capacity=st.integers(1, 6))
    def start(self, capacity: int) -> None:
        self.ring = Ring(capacity)
        self.all: list[Tick] = []

    def _append(self, new: Tick) -> None:
        assert self.ring.append(new)
        self.all.append(new)

    @rule()
    def append_the_next(self) -> None:
        newest = self.all[-1].cursor if self.all else Cursor("ES", 1, 0)
        self._append(tick(newest.epoch, newest.seq + 1))

    @rule(hole=st.integers(1, 5))
    def append_after_a_hole(self, hole: int) -> None:
        newest = self.all[-1].cursor if self.all else Cursor("ES", 1, 0)
        self._append(tick(newest.epoch, newest.seq + 1 + hole))

    @rule(epoch=FEW_EPOCHS, seq=st.integers(1, 30))
    def append_in_another_epoch(self, epoch: int, seq: int) -> None:
        """An epoch with a greater or a lower number, or one that was there before and goes on."""
        seen = max((each.seq for each in self.all if each.cursor.epoch == epoch), default=0)
        assert self.ring.last_seq(epoch) == seen
        self._append(tick(epoch, seen + seq))

    @precondition(lambda self: self.all)
    @rule(data=st.data())
    def append_what_was_seen_before(self, data: st.DataObject) -> None:
        old = data.draw(st.sampled_from(self.all))
        assert not self.ring.append(tick(old.cursor.epoch, old.seq))

    @precondition(lambda self: self.all)
    @rule(data=st.data())
    def place_a_reader_that_saw_some_tick(self, data: st.DataObject) -> None:
        seen = data.draw(st.integers(0, len(self.all) - 1))
        place = self.ring.index_after(self.all[seen].cursor)
        if seen + 1 > self.ring.begin:
            assert place == seen + 1
        elif gap_between(self.all[seen].cursor, self.all[seen + 1].cursor) or seen + 1 < self.ring.begin:
            assert place is None
        else:
            assert place == self.ring.begin

    @rule(epoch=FEW_EPOCHS, seq=st.integers(0, 40))
    def place_a_reader_by_any_cursor(self, epoch: int, seq: int) -> None:
        cursor = Cursor("ES", epoch, seq)
        place = self.ring.index_after(cursor)
        held = self.all[self.ring.begin :]
        if cursor in [each.cursor for each in held]:
            assert place is not None
            assert self.all[place - 1].cursor == cursor
        elif held and cursor == held[0].cursor._replace(seq=held[0].seq - 1):
            assert place == self.ring.begin
        else:
            assert place is None

    @precondition(lambda self: self.all)
    @rule(data=st.data())
    def ask_for_the_gap_of_a_stretch(self, data: st.DataObject) -> None:
        start = data.draw(st.integers(0, len(self.all) - 1))
        stop = data.draw(st.integers(start, len(self.all) - 1))
        gaps = [
            gap
            for index in range(max(1, start), stop + 1)
            if (gap := gap_between(self.all[index - 1].cursor, self.all[index].cursor))
        ]
        whole = self.ring.gap_within(start, stop)
        if not gaps:
            assert whole is None
        else:
            assert whole is not None
            assert (whole.after, whole.reason) == (gaps[0].after, gaps[0].reason)
            known = [gap.lost for gap in gaps if gap.lost is not None]
            assert whole.lost == (sum(known) if len(known) == len(gaps) else None)

    @rule(data=st.data())
    def take_what_is_newest_from_a_place(self, data: st.DataObject) -> None:
        place = data.draw(st.integers(NOT_STARTED, len(self.all)))
        event = self.ring.newest_event(place)
        if not self.all or place == len(self.all):
            assert event is None
            return
        assert event is not None
        assert event.tick == self.all[-1]
        if place == NOT_STARTED:
            assert (event.skipped, event.gap) == (0, None)
        else:
            assert event.skipped == len(self.all) - 1 - place
            assert event.gap == self.ring.gap_within(place, len(self.all) - 1)

    @invariant()
    def holds_the_newest(self) -> None:
        if not hasattr(self, "all"):
            return
        assert self.ring.end == len(self.all)
        assert self.ring.begin == max(0, len(self.all) - self.ring.capacity)
        assert self.ring.newest == (self.all[-1] if self.all else None)
        held = [self.ring.at(index) for index in range(self.ring.begin, self.ring.end)]
        assert held == self.all[self.ring.begin :]


TestRing = RingMachine.TestCase
TestRing.settings = settings(deadline=None, derandomize=True, max_examples=60, stateful_step_count=30)


def test_an_empty_ring_has_no_index_and_no_gap() -> None:
    ring = Ring(4)
    assert ring.newest is None
    assert ring.index_after(Cursor("ES", 1, 1)) is None
    assert ring.gap_within(0, 0) is None


@pytest.mark.parametrize("index", [-1, 0, 1, 4, 5])
def test_an_index_outside_the_ring_is_an_index_error(index: int) -> None:
    ring = filled(2, 1, 2, 3, 4)
    with pytest.raises(IndexError):
        ring.at(index)


def test_the_cursor_right_before_the_oldest_tick_has_an_index() -> None:
    assert filled(2, 1, 2, 3, 4).index_after(Cursor("ES", 1, 2)) == 2
    assert filled(2, 1, 2, 3, 4).index_after(Cursor("ES", 1, 1)) is None


def test_missing_numbers_are_a_gap_with_a_count() -> None:
    assert gap_between(Cursor("ES", 1, 4), Cursor("ES", 1, 8)) == Gap(Cursor("ES", 1, 4), GapReason.TRIMMED, 3)
    assert gap_between(Cursor("ES", 1, 4), Cursor("ES", 1, 5)) is None


def test_a_tick_that_replaces_changes_of_the_page_has_a_gap_before_it() -> None:
    ring = filled(4, 1, 2)
    assert ring.append(tick(1, 3)._replace(merged=7))
    assert ring.gap_within(2, 2) == Gap(Cursor("ES", 1, 2), GapReason.MERGED, 7)
    assert ring.gap_within(0, 1) is None
    assert gap_before(tick(1, 4)._replace(merged=7), Cursor("ES", 1, 1)) == Gap(
        Cursor("ES", 1, 1), GapReason.TRIMMED, 2
    )


def test_a_new_epoch_is_a_gap_of_unknown_size() -> None:
    assert gap_between(Cursor("ES", 1, 4), Cursor("ES", 2, 5)) == Gap(Cursor("ES", 1, 4), GapReason.RESTARTED, None)
