"""The systemd units of `deploy/`, by systemd's own checks."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

UNITS = Path(__file__).parents[2] / "deploy/systemd"
_NAMES = {"tickql-producer@": "my", "tickql-api@": "8000", "tickql-relay@": "kafka"}
_EXPOSURE = {"tickql-producer@": 35, "tickql-api@": 20, "tickql-relay@": 20}
"""The most that `systemd-analyze security` may count, of 100. A browser needs more than a server."""


@pytest.fixture(autouse=True)
def _requires_systemd() -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd on this machine")


def _analyze(*words: str) -> str:
    done = subprocess.run(
        ["systemd-analyze", *words],
        text=True,
        capture_output=True,
        check=False,
        env={"SYSTEMD_PAGER": "", "PATH": "/bin:/usr/bin"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_every_unit_is_checked() -> None:
    assert {path.stem for path in UNITS.glob("*.service")} == set(_NAMES)


@pytest.mark.parametrize("name", _NAMES)
def test_systemd_finds_nothing_wrong_in_a_unit(name: str, tmp_path: Path) -> None:
    # It wants the program to be there, and the units to have their names.
    unit = tmp_path / f"{name}{_NAMES[name]}.service"
    text = (UNITS / f"{name}.service").read_text()
    assert "ExecStart=/usr/local/bin/tickql " in text
    unit.write_text(text.replace("/usr/local/bin/tickql", sys.executable))
    assert not re.findall(rf".*{re.escape(unit.name)}.*", _analyze("verify", "--man=no", str(unit)))


@pytest.mark.parametrize("name", _NAMES)
def test_a_unit_may_do_little(name: str) -> None:
    _analyze("security", "--offline=yes", f"--threshold={_EXPOSURE[name]}", str(UNITS / f"{name}.service"))
