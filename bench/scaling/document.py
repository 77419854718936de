"""`docs/scaling.md`: its text is written by hand, its tables are written here, between marks."""

import re
from collections.abc import Mapping
from pathlib import Path

from bench.errors import BenchError

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "scaling.md"
_PART = re.compile(r"(<!-- computed: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def filled(text: str, parts: Mapping[str, str]) -> str:
    """The document with its computed parts replaced.

    Raises:
        BenchError: it lacks a part, or has one of another name.
    """
    found = [match[2] for match in _PART.finditer(text)]
    if sorted(found) != sorted(parts):
        raise BenchError(f"{DOCUMENT.name} has the computed parts {found}, and these are known: {list(parts)}")
    return _PART.sub(lambda match: f"{match[1]}{parts[match[2]]}\n{match[3]}", text)
