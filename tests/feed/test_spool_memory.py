"""The bound on all spools of a publisher together."""

import random
import tracemalloc
from itertools import count

import pytest

from tickql.feed.scripts import OpenVerdict
from tickql.feed.spool import Spool
from tickql.feed.spool_memory import MAX_TICK_BYTES, SpoolMemory
from tickql.feed.tick import Quote


def quote(symbol: str, number: int) -> Quote:
    return Quote(symbol, None, None, str(number), number)


def held(spools: list[Spool]) -> int:
    return sum(spool.last_seq - spool.first_seq + 1 for spool in spools)


def test_the_bound_is_that_of_all_symbols_together() -> None:
    memory = SpoolMemory(1_000)
    spools = [Spool(f"S{number}", 1_000) for number in range(5_000)]
    dropped = sum(memory.add(spool, quote(spool.symbol, 1)) for spool in spools for _ in range(2))
    assert held(spools) == memory.used == 1_000
    assert dropped == 9_000


def test_the_oldest_tick_of_all_is_dropped_first() -> None:
    memory = SpoolMemory(3)
    quiet, busy = Spool("QUIET", 3), Spool("BUSY", 3)
    memory.add(quiet, quote("QUIET", 1))
    assert [memory.add(busy, quote("BUSY", number)) for number in range(3)] == [0, 0, 1]
    assert (held([quiet]), held([busy])) == (0, 3)
    assert memory.add(quiet, quote("QUIET", 2)) == 1
    assert (held([quiet]), held([busy])) == (1, 2)


@pytest.mark.parametrize("seed", range(20))
def test_the_count_is_exact_when_spools_are_opened_and_numbered_anew(seed: int) -> None:
    chance, numbers = random.Random(seed), count(1)
    memory = SpoolMemory(chance.randint(1, 40))
    spools = [Spool(f"S{number}", memory.capacity) for number in range(4)]
    for epoch in range(1, 400):
        spool = chance.choice(spools)
        match chance.randint(0, 5):
            case 0:
                verdict = chance.choice([OpenVerdict.NEW, OpenVerdict.ROTATE, OpenVerdict.TAKEOVER])
                spool.apply_open(verdict, epoch, max(spool.confirmed_seq, spool.last_seq))
                memory.take_back([spool])
            case 1 if spool.epoch:
                spool.confirm(chance.randint(spool.confirmed_seq, max(spool.confirmed_seq, spool.last_seq)))
            case _:
                memory.add(spool, quote(spool.symbol, next(numbers)))
        assert held(spools) == memory.used <= memory.capacity


def test_a_tick_of_the_greatest_length_takes_no_more_memory_than_it_is_counted_for() -> None:
    memory = SpoolMemory(10_000)
    symbol = "S" * 32
    spool = Spool(symbol, 10_000)
    spool.apply_open(OpenVerdict.NEW, 1, 0)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for number in range(1_000):
            prices = [f"-{number:030}.{number:029}{digit}" for digit in range(3)]
            memory.add(spool, Quote("".join(symbol), prices[0], prices[1], prices[2], number, 1))
        spool.next_batch(1_000, lambda: 1)
        taken = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert taken / 1_000 < MAX_TICK_BYTES
