"""The tape: all boards play the same quotes, each from its own position."""

from itertools import count

from tickql.demo.simulation import BoardQuote
from tickql.demo.tape import Tape


def _quote(number: int, gap_us: int = 10_000) -> BoardQuote:
    return BoardQuote(number * gap_us, "ES", str(number), "", "")


def test_consecutive_batches_have_every_quote_once_about_a_second_each() -> None:
    tape, position, seen = Tape(_quote(number) for number in range(250)), 0, []
    while (batch := tape.batch_from(position))[0]:
        assert batch[0][-1].at_us - batch[0][0].at_us <= 1_000_000
        position = batch[1]
        seen += batch[0]
    assert seen == [_quote(number) for number in range(250)]
    assert tape.end == 250


def test_a_second_board_begins_where_the_first_one_is_and_both_see_the_same() -> None:
    tape = Tape(_quote(number) for number in count())
    first, position = tape.batch_from(0)
    second, _ = tape.batch_from(tape.end)
    assert tape.batch_from(position)[0] == second
    assert second[0].ask == str(len(first))


def test_a_long_pause_between_two_quotes_does_not_end_the_tape() -> None:
    tape = Tape([_quote(0), _quote(1, 10**12)])
    batch, position = tape.batch_from(0)
    assert len(batch) + len(tape.batch_from(position)[0]) == 2


def test_a_board_that_is_far_behind_continues_with_the_oldest_kept_quote() -> None:
    tape, position = Tape(_quote(number) for number in count()), 0
    while tape.end <= 60_000:
        _, position = tape.batch_from(position)
    batch, _ = tape.batch_from(0)
    assert int(batch[0].ask) == tape.end - 50_000


def test_no_quote_is_simulated_before_a_board_requests_one() -> None:
    made = []
    tape = Tape(made.append(number) or _quote(number) for number in count())  # type: ignore[func-returns-value]
    assert made == []
    tape.batch_from(0)
    assert len(made) < 150
