"""What a suite finds: one line of the table of results."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check, or of many of one kind."""

    suite: str
    name: str
    passed: bool
    note: str = ""
    """Figures, what failed, or why a check is not passed on purpose."""


def table(findings: Sequence[Finding]) -> str:
    """Return the findings as a table, and what did not pass once more at its end."""
    lines = [f"{'ok' if each.passed else 'FAILED':6} {each.suite:12} {each.name:46} {each.note}" for each in findings]
    failed = [line for each, line in zip(findings, lines, strict=True) if not each.passed]
    counts = f"{len(findings) - len(failed)} passed, {len(failed)} failed"
    return "\n".join([*(line.rstrip() for line in lines), *(["", "Failed:", *failed] if failed else []), "", counts])
