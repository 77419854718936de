"""The silence ladder, step by step."""

import pytest

from tickql.producer.watch.silence import SilenceStep, SilenceWatchdog


def steps(watchdog: SilenceWatchdog, checks: int) -> dict[int, SilenceStep]:
    """The steps that begin within a number of checks without a message, by the number of the check."""
    found = {number: watchdog.check(has_message=False) for number in range(1, checks + 1)}
    return {number: step for number, step in found.items() if step is not None}


def test_a_silent_page_is_probed_then_stale_then_hung() -> None:
    assert steps(SilenceWatchdog(), 16) == {6: SilenceStep.PROBE, 9: SilenceStep.STALE, 16: SilenceStep.HUNG}


def test_a_message_starts_the_ladder_again() -> None:
    watchdog = SilenceWatchdog()
    steps(watchdog, 10)
    assert watchdog.is_silent
    assert watchdog.check(has_message=True) is None
    assert not watchdog.is_silent
    assert steps(watchdog, 9) == {6: SilenceStep.PROBE, 9: SilenceStep.STALE}
    assert watchdog.reason == "no message from the page for 2.2 s"


@pytest.mark.parametrize(("hangs", "checks"), [(0, 16), (1, 32), (2, 64), (3, 128), (100, 128)])
def test_a_page_that_hung_before_gets_twice_the_time_up_to_32_s(hangs: int, checks: int) -> None:
    assert steps(SilenceWatchdog(hangs), 200)[checks] is SilenceStep.HUNG
