"""podman with images of its own in a folder: it builds the Dockerfile and runs the image, as Docker does."""

import subprocess
from collections.abc import Sequence
from pathlib import Path


class Engine:
    """Images and containers in `folder`. Root only."""

    def __init__(self, folder: Path) -> None:
        # This needs nothing of the machine but Linux: no service, no control groups of systemd, no network of its own.
        self._command = (
            "podman", "--root", str(folder / "storage"), "--runroot", str(folder / "run"),
            "--tmpdir", str(folder / "tmp"), "--storage-driver", "overlay", "--runtime", "runc",
            "--cgroup-manager", "cgroupfs", "--events-backend", "none",
        )  # fmt: skip

    def run(self, *words: str, timeout_s: float = 60.0) -> str:
        """Run a podman command. Returns what it writes to its standard output.

        Raises:
            EngineError: it fails, or takes longer than `timeout_s`.
        """
        try:
            done = subprocess.run(
                [*self._command, *words], text=True, capture_output=True, timeout=timeout_s, check=False
            )
        except subprocess.TimeoutExpired as expired:
            raise EngineError(f"podman {words[0]}: not done after {timeout_s:g} s") from expired
        if done.returncode:
            raise EngineError(
                f"podman {' '.join(words)}: exit code {done.returncode}\n{_end(done.stdout + done.stderr)}"
            )
        return done.stdout

    def has(self, image: str) -> bool:
        """Whether an image of this name is there."""
        return bool(self.run("images", "--quiet", image).strip())

    def build(self, root: Path, image: str, timeout_s: float) -> None:
        """Build the Dockerfile of `root`. Steps that have not changed are taken from the last time."""
        self.run(
            "build", "--pull-never", "--isolation", "chroot", "--network", "host", "--format", "docker", "--layers",
            "--tag", image, str(root), timeout_s=timeout_s,
        )  # fmt: skip

    def start(self, image: str, arguments: Sequence[str], options: Sequence[str]) -> str:
        """Start a container in the background. Returns its id."""
        return self.run("run", "--detach", *options, image, *arguments).strip()


class EngineError(Exception):
    """A command of podman failed."""


def _end(text: str) -> str:
    return "\n".join(text.splitlines()[-40:])
