"""A state that comes and goes again and again is logged seldom, and what is the case in the end is logged."""

from tickql.feed.log_damping import LogDamper


def test_a_feed_that_is_quiet_and_live_by_turns_is_logged_seldom() -> None:
    damper, written = LogDamper(), []
    for second in range(0, 6 * 3600, 5):
        line = ("live", "quiet")[second // 5 % 2]
        if damper.is_due(line, second):
            written.append(line)
    assert written[:2] == ["live", "quiet"]
    assert len(written) < 30, "six hours of a change each five seconds"


def test_a_new_state_is_logged_at_once_and_one_that_lasts_once() -> None:
    damper = LogDamper()
    assert [damper.is_due(line, second) for second, line in enumerate(["live", "live", "stale", "stale"])] == [
        True, False, True, False,
    ]  # fmt: skip


def test_a_state_that_was_logged_a_moment_ago_is_logged_once_it_has_lasted() -> None:
    damper = LogDamper()
    for second, line in enumerate(["live", "stale", "live"]):
        damper.is_due(line, second)
    logged = [second for second in range(3, 100) if damper.is_due("live", second)]
    assert logged == [60]


def test_after_a_calm_time_the_same_state_is_logged_at_once() -> None:
    damper = LogDamper()
    for second in range(0, 300, 10):
        damper.is_due(("live", "stale")[second // 10 % 2], second)
    assert damper.is_due("missing", 300)
    assert damper.is_due("stale", 5000)
    assert damper.is_due("live", 5001)
    assert not damper.is_due("stale", 5002)
