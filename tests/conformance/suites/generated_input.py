"""Sequences of frames compared with a model of the protocol, and malformed input, by the tens of thousands."""

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator

from tests.conformance.protocol.player import neighbour, play_all
from tests.conformance.protocol.prober import Prober
from tests.conformance.suites.finding import Finding
from tests.conformance.suites.served_feed import ServedFeed

SEQUENCES = 10_000
MALFORMED = {"bodies": 40_000, "heads": 30_000, "frames": 30_000}
_TIME_S = 70.0
"""Seconds for the sequences, and for each kind of malformed input: a slow machine tries fewer."""
_PRINTED = 10


async def run_sequences(feed: ServedFeed, seed: int) -> list[Finding]:
    """Play sequences of frames beside a client that must not notice."""
    before = feed.tracebacks
    async with neighbour(feed, "ES") as following:
        played = await play_all(feed, seed, _in_time(SEQUENCES, 3 * _TIME_S), before_each=_progress(SEQUENCES))
    note = f"{played.sequences:,} of {SEQUENCES:,} sequences, {played.frames:,} frames (SEED={seed})"
    return [
        Finding("protocol", "answers are the model's", not played.differences, _said(note, played.differences)),
        *_quiet("protocol", feed, before, following.holes, len(following.seqs)),
    ]


async def run_malformed(feed: ServedFeed, seed: int) -> list[Finding]:
    """Send malformed input beside a client that must not notice."""
    before = feed.tracebacks
    prober = Prober(feed.url, seed)
    async with neighbour(feed, "NQ") as following:
        probed = await prober.run(
            {kind: _in_time(count, _TIME_S) for kind, count in MALFORMED.items()}, _progress(sum(MALFORMED.values()))
        )
    answers = Counter({answer: count for answer, count in probed.answers.items() if "UNEXPLAINED" not in answer})
    return [
        Finding("malformed", "every answer is explained", not probed.unexplained, _said(
            f"{sum(probed.tried.values()):,} of {sum(MALFORMED.values()):,} (SEED={seed})", probed.unexplained)),
        *(Finding("malformed", answer, True, f"{count:,}") for answer, count in sorted(answers.items())),
        *_quiet("malformed", feed, before, following.holes, len(following.seqs)),
    ]  # fmt: skip


def _in_time(count: int, time_s: float) -> Iterator[int]:
    """Yield the numbers below `count`, until the time is over that begins with the first."""
    until_s = time.monotonic() + time_s
    for number in range(count):
        if time.monotonic() > until_s:
            return
        yield number


def _progress(total: int) -> Callable[[], None]:
    """Return what to call for each of `total` things: it tells each tenth."""
    done = 0

    def count() -> None:
        nonlocal done
        done += 1
        if done * 10 // total > (done - 1) * 10 // total:
            sys.stderr.write(f"  {done:,} of {total:,}\n")

    return count


def _said(note: str, faults: list[str]) -> str:
    return "\n".join([f"{note}, {len(faults)} otherwise", *faults[:_PRINTED]]) if faults else note


def _quiet(suite: str, feed: ServedFeed, before: int, holes: int, ticks: int) -> list[Finding]:
    tracebacks = feed.tracebacks - before
    return [
        Finding(suite, "a neighbour's stream", holes == 0 and ticks > 0, f"{ticks:,} ticks, {holes} holes"),
        Finding(suite, "log of the server", not tracebacks, f"{tracebacks} tracebacks"),
    ]
