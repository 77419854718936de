import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from bench.child import Child, free_port
from bench.errors import ServerFailed
from bench.process_tree import descendants


def python(code: str, folder: Path) -> Child:
    return Child("child", [sys.executable, "-c", code], folder)


def runs(process: psutil.Process) -> bool:
    """Whether a process has not ended; one that nobody has asked about since counts as ended."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def said(folder: Path, word: str) -> bool:
    return word in (folder / "child.log").read_text()


def test_a_child_and_what_it_started_end_with_the_context(tmp_path: Path) -> None:
    code = "import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()']).wait()"
    with python(code, tmp_path) as child:
        child.wait_until(lambda: len(child.processes) == 2, "did not start another")
        processes = child.processes
    assert not any(map(runs, processes))


def test_a_child_that_will_not_end_is_killed(tmp_path: Path) -> None:
    code = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('deaf', flush=True)\nsignal.pause()"
    with Child("child", [sys.executable, "-c", code], tmp_path, patience_s=0.1) as child:
        child.wait_until(lambda: said(tmp_path, "deaf"), "did not start")
        (process,) = child.processes
    assert not runs(process)


def test_a_child_ends_when_its_starter_is_killed(tmp_path: Path) -> None:
    starter = (
        "import sys\nfrom pathlib import Path\nfrom bench.child import Child\n"
        "with Child('child', [sys.executable, '-c', 'import signal; signal.pause()'], Path(sys.argv[1])) as child:\n"
        "    print(child.processes[0].pid, flush=True)\n    sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", starter, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        handle = os.pidfd_open(pid)
        process.send_signal(signal.SIGKILL)
    with os.fdopen(handle):
        ended, _, _ = select.select([handle], [], [], 15)
    assert ended


def test_a_failed_child_says_its_last_output(tmp_path: Path) -> None:
    with (
        python("print('no such thing'); raise SystemExit(3)", tmp_path) as child,
        pytest.raises(ServerFailed, match="ended at once: no such thing"),
    ):
        child.wait_for_port(free_port())


def test_descendants_are_found() -> None:
    assert os.getpid() in [process.pid for process in descendants(os.getppid())]
