"""The samples of all workers: each writes its own to a folder that the parent process made, and whoever is asked adds.

A worker has a *place* in the folder, and no other one has it at the same time. When it has ended, in whatever way, the
next worker takes its place and counts on: so the sums never fall. What a killed worker counted in its last second is
not in them.
"""

import asyncio
import fcntl
import json
import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from tickql.feed.metrics import Kind, Metric, Samples, merge

FOLDER_VARIABLE = "TICKQL_WORKER_METRICS_FOLDER"
"""The environment variable by which the parent process tells its workers the folder. No setting: nobody sets it."""
_WRITE_S = 1.0
_RUNNING_S = 10.0
"""A worker that has written nothing for so long does not run: its gauges do not count."""


class WorkerSamples:
    """The samples of this worker and of all others. `read` returns those of this process since its start."""

    def __init__(self, folder: Path, metrics: Sequence[Metric], read: Callable[[], Samples]) -> None:
        self._folder = folder
        self._metrics = metrics
        self._read = read
        self._file, self._lock = _take_place(folder)
        earlier = _load(self._file)
        self._earlier: Samples = {} if earlier is None else earlier[1]
        """What workers that had this place before have counted."""

    async def run(self) -> None:
        """Write the samples of this worker each second, until cancelled."""
        while True:
            # A full disk costs no prices. Whoever reads the metrics then gets an error.
            with suppress(OSError):
                self._write()
            await asyncio.sleep(_WRITE_S)

    def close(self) -> None:
        """Write the last samples, and leave the place to another worker."""
        with suppress(OSError):
            self._write(has_ended=True)
        os.close(self._lock)

    def all(self) -> Samples:
        """Return the samples of all workers as one."""
        # Its own are written first: whoever is asked next must not know less than this answer says.
        self._write()
        running: list[Samples] = []
        ended: list[Samples] = []
        for file in self._folder.glob("*.json"):
            loaded = _load(file)
            if loaded is not None:
                written_s, samples = loaded
                (running if time.monotonic() - written_s < _RUNNING_S else ended).append(samples)
        return merge(self._metrics, running, ended)

    def _write(self, *, has_ended: bool = False) -> None:
        counted = merge(self._metrics, [self._read()], [self._earlier])
        gauges = {metric.name for metric in self._metrics if metric.kind is Kind.GAUGE}
        data = {
            # All processes of a machine have the same monotonic clock.
            "written_s": time.monotonic(),
            "samples": {
                name: [[labels, value] for labels, value in values.items()]
                for name, values in counted.items()
                if not (has_ended and name in gauges)
            },
        }
        new = self._file.with_suffix(".new")
        new.write_text(json.dumps(data), encoding="utf-8")
        new.replace(self._file)
        # What tidies up temporary folders removes files that are old.
        os.utime(self._lock)


def _take_place(folder: Path) -> tuple[Path, int]:
    """Return the file of the first place that no running worker has, and the lock on it, which ends with the process.

    There is one more place than there are workers at most: a worker that ends and its successor.
    """
    place = 0
    while True:
        lock = os.open(folder / f"{place}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            place += 1
        else:
            return folder / f"{place}.json", lock


def _load(file: Path) -> tuple[float, Samples] | None:
    """Return when samples were written, by the monotonic clock, and the samples; `None`: there are none."""
    try:
        data: dict[str, Any] = json.loads(file.read_bytes())
    except FileNotFoundError:
        return None
    samples = {name: {tuple(labels): value for labels, value in values} for name, values in data["samples"].items()}
    return data["written_s"], samples
