"""The server's memory and descriptors, sampled while it is attacked."""

import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

_EVERY_S = 0.1
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Sample:
    """What a process had at a moment: `at_s` of the monotonic clock, `mb` resident, `files` open."""

    at_s: float
    mb: float
    files: int


def sample(pid: int) -> Sample:
    """Return what a process has now."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    folder = f"/proc/{pid}/fd"
    # Linux 6.2 and later say the number without a listing, which takes milliseconds for 10,000.
    files = os.stat(folder).st_size or len(os.listdir(folder))
    return Sample(time.monotonic(), pages * _PAGE_BYTES / 1e6, files)


class Sampler:
    """Samples a process from enter to exit, in a thread."""

    def __init__(self, pid: int) -> None:
        self.samples = [sample(pid)]
        self._pid = pid
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    @property
    def before(self) -> Sample:
        """The first sample."""
        return self.samples[0]

    @property
    def peak_mb(self) -> float:
        """The most memory."""
        return max(each.mb for each in self.samples)

    @property
    def peak_files(self) -> int:
        """The most descriptors."""
        return max(each.files for each in self.samples)

    def _run(self) -> None:
        while not self._ended.wait(_EVERY_S):
            try:
                self.samples.append(sample(self._pid))
            except OSError:
                return
