"""A guarded command: it ends with its parent, and otherwise as it would alone."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tests.support.waiting import DEADLINE_S
from tickql.feed.embedded import orphan_guard


@contextmanager
def guarded(*command: str) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, orphan_guard.__file__, *command],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with process:
        try:
            yield process
        finally:
            process.kill()


def test_a_guarded_command_ends_with_its_own_exit_code_and_nothing_is_printed() -> None:
    with guarded(sys.executable, "-c", "raise SystemExit(7)") as process:
        assert process.wait(DEADLINE_S) == 7
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_a_guarded_command_ended_by_a_signal_has_the_shells_exit_code() -> None:
    with guarded(sys.executable, "-c", "import os; os.kill(os.getpid(), 9)") as process:
        assert process.wait(DEADLINE_S) == 128 + signal.SIGKILL


def test_a_guarded_command_is_terminated_when_its_parent_has_ended() -> None:
    code = "import signal, sys; signal.signal(15, lambda *_: sys.exit(3)); print('up', flush=True); signal.pause()"
    with guarded(sys.executable, "-c", code) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == "up\n"
        process.stdin.close()
        assert process.wait(DEADLINE_S) == 3


def test_ctrl_c_does_not_reach_a_guarded_command() -> None:
    code = "import signal, sys; signal.signal(2, lambda *_: sys.exit(9)); print('up', flush=True); sys.stdin.read()"
    with guarded(sys.executable, "-c", code) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        assert process.wait(DEADLINE_S) in (0, 128 + signal.SIGTERM)


def test_a_guarded_command_can_be_terminated_right_after_its_start() -> None:
    with ExitStack() as stack:
        # Many at once, so that some are asked in the middle of starting it.
        asked = [stack.enter_context(guarded("sh", "-c", "kill -TERM $PPID; exec sleep 60")) for _ in range(10)]
        assert {process.wait(DEADLINE_S) for process in asked} == {128 + signal.SIGTERM}
