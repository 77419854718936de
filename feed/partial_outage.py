"""What of Redis is out of reach while the rest answers: some nodes of a cluster."""

from collections.abc import Callable
from typing import NamedTuple


class PartialOutage(NamedTuple):
    """Some nodes of a cluster cannot be reached, or refuse what the feed needs, and others answer.

    `reason`: which, and why; begins with `UNREACHABLE` or `REFUSED` of `tickql.feed.health`. `reason_of`: why a symbol
    is out of reach; `None`: it is not. `hides_reports`: whether the reports of producers are out of reach, too.
    """

    reason: str
    reason_of: Callable[[str], str | None]
    hides_reports: bool
