"""The table of limits is true."""

import re
from dataclasses import asdict
from pathlib import Path

from tickql.api.limits.values import LIMITS

OPERATIONS = (Path(__file__).parents[2] / "docs/operations.md").read_text()


def test_the_table_of_fixed_limits_has_each_value() -> None:
    shown = re.findall(r"^\| `([a-z_]+)` \| ([\d.]+) \|", OPERATIONS, re.MULTILINE)
    assert {name: float(value) for name, value in shown} == {name: float(v) for name, v in asdict(LIMITS).items()}
