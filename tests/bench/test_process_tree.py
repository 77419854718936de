"""What processes use is counted whoever of them ends or begins meanwhile. All of them are real."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest

from bench.errors import ServerFailed
from bench.meter import Gauge
from bench.process_tree import ProcessTree, cpu_s

SPUN_S = 0.3
ROOM_S = 0.2
"""What an interpreter needs to start and to end, and the kernel's rounding."""
_HEAD = f"""
import os, signal, subprocess, sys, time
spin = [sys.executable, "-S", "-c", '''
import sys, time
def spin():
    end = time.process_time() + {SPUN_S}
    while time.process_time() < end: pass
spin()
print("spun", flush=True)
sys.stdin.readline()
spin()
''']
others = []
for line in sys.stdin:
    word = line.strip()
    if word == "begin":
        others.append(subprocess.Popen(spin, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
        others[-1].stdout.readline()
    elif word == "end":
        other = others.pop()
        other.communicate(b"go on")
    elif word == "forget":
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel waits for the child, and nobody is told what it used
    print("done", flush=True)
"""


class Head:
    """A process that begins and ends others when told to. Each of those spins when it begins and again as it ends."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def do(self, *words: str) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        for word in words:
            self.process.stdin.write(f"{word}\n")
            self.process.stdin.flush()
            assert self.process.stdout.readline() == "done\n"

    def process_tree(self) -> ProcessTree:
        return ProcessTree("head", self.process.pid)


@contextmanager
def running() -> Iterator[Head]:
    command = [sys.executable, "-c", _HEAD]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Head(process)


@pytest.fixture
def head() -> Iterator[Head]:
    with running() as head:
        yield head


def test_a_process_that_ends_meanwhile_is_counted_to_its_end(head: Head) -> None:
    head.do("begin")
    tree = head.process_tree()
    before = tree.spent()
    head.do("end")
    used = tree.used_since(before)
    assert len(before) == 2
    assert SPUN_S - 0.02 <= used.all_s < SPUN_S + ROOM_S, "what it spun before is not counted again"
    assert used.root_s < ROOM_S


@pytest.mark.long
def test_a_process_that_begins_meanwhile_is_counted(head: Head) -> None:
    tree = head.process_tree()
    before = tree.spent()
    head.do("begin")
    used = tree.used_since(before)
    assert SPUN_S <= used.all_s < SPUN_S + ROOM_S
    assert used.root_s < ROOM_S


def test_a_process_that_begins_and_ends_meanwhile_is_counted(head: Head) -> None:
    tree = head.process_tree()
    before = tree.spent()
    head.do("begin", "end")
    assert 2 * SPUN_S - 0.02 <= tree.used_since(before).all_s < 2 * SPUN_S + 2 * ROOM_S


@pytest.mark.long
def test_a_process_that_ended_before_the_first_reading_is_not_counted(head: Head) -> None:
    head.do("begin")
    tree = head.process_tree()
    head.do("end")
    before = tree.spent()
    assert len(before) == 1
    assert tree.used_since(before).all_s < ROOM_S


@pytest.mark.long
def test_what_nobody_was_told_of_counts_as_nothing(head: Head) -> None:
    head.do("begin")
    tree = head.process_tree()
    before = tree.spent()
    head.do("forget", "end")
    assert 0 <= tree.used_since(before).all_s < ROOM_S


def test_what_is_measured_must_not_end(head: Head) -> None:
    gauge = Gauge([head.process_tree()], [])
    before = gauge.read()
    head.process.kill()
    head.process.wait(10)
    with pytest.raises(ServerFailed, match="head ended while it was being measured"):
        gauge.since(before)


@pytest.mark.long
def test_the_gauge_counts_each_group_with_those_that_end(head: Head) -> None:
    with running() as feed:
        for each in (head, feed):
            each.do("begin")
        gauge = Gauge([head.process_tree()], [feed.process_tree()])
        before = gauge.read()
        head.do("end")
        feed.do("end", "begin")
        usage = gauge.since(before)
    assert SPUN_S - 0.02 <= usage.server_s < SPUN_S + ROOM_S
    assert 2 * SPUN_S - 0.02 <= usage.feed_s < 2 * SPUN_S + 2 * ROOM_S
    assert usage.feed_root_s < ROOM_S
    assert usage.machine_s > 2 * SPUN_S
    assert usage.server_waited_s >= 0


def test_cpu_time_is_what_the_system_says(head: Head) -> None:
    head.do("begin")
    for process in (psutil.Process(head.process.pid), *psutil.Process(head.process.pid).children()):
        times = process.cpu_times()
        assert abs(cpu_s(process.pid) - times.user - times.system) < 0.03


@pytest.mark.long
def test_the_memory_of_those_that_have_ended_is_nothing(head: Head) -> None:
    tree = head.process_tree()
    head.do("begin")
    with_child_kb = tree.pss_kb()
    head.do("end")
    assert 0 < tree.pss_kb() < with_child_kb
