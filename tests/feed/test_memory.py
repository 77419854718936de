"""The memory that an encoded tick occupies."""

import tracemalloc

from tickql.feed.codec import encode_tick
from tickql.feed.tick import Cursor, Quote


def test_an_encoded_tick_takes_little_more_memory_than_it_is_long() -> None:
    quote = Quote("ES", "22258.75", "22258.50", "22258.75", 1_739_952_000_000_000)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        kept = [encode_tick(quote, Cursor("ES", 1, seq), 1) for seq in range(1_000)]
        taken = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert taken / len(kept) < len(kept[0]) + 100
