"""The tape: every board plays the same quotes, each from where it is."""

from itertools import count

from tickql.demo.simulation import BoardQuote
from tickql.demo.tape import Tape


def _quote(number: int, gap_us: int = 10_000) -> BoardQuote:
    return BoardQuote(number * gap_us, "ES", str(number), "", "")


def test_reading_on_gives_every_quote_once_about_a_second_at_a_time() -> None:
    tape, place, seen = Tape(_quote(number) for number in range(250)), 0, []
    while (batch := tape.read(place))[0]:
        assert batch[0][-1].at_us - batch[0][0].at_us <= 1_000_000
        place = batch[1]
        seen += batch[0]
    assert seen == [_quote(number) for number in range(250)]
    assert tape.end == 250


def test_a_second_board_begins_where_the_first_one_is_and_both_see_the_same() -> None:
    tape = Tape(_quote(number) for number in count())
    first, place = tape.read(0)
    second, _ = tape.read(tape.end)
    assert tape.read(place)[0] == second
    assert second[0].ask == str(len(first))


def test_a_long_silence_is_no_end() -> None:
    tape = Tape([_quote(0), _quote(1, 10**12)])
    batch, place = tape.read(0)
    assert len(batch) + len(tape.read(place)[0]) == 2


def test_a_board_that_falls_far_behind_goes_on_with_the_oldest_quote_that_is_kept() -> None:
    tape, place = Tape(_quote(number) for number in count()), 0
    while tape.end <= 60_000:
        _, place = tape.read(place)
    batch, _ = tape.read(0)
    assert int(batch[0].ask) == tape.end - 50_000


def test_nothing_is_made_up_before_a_board_asks() -> None:
    made = []
    tape = Tape(made.append(number) or _quote(number) for number in count())  # type: ignore[func-returns-value]
    assert made == []
    tape.read(0)
    assert len(made) < 150
