"""tickql that counts nothing for `/metrics` while ticks are delivered, only to measure what counting costs.

`python -m bench.cost.without_metrics serve ...`.
"""

from typing import Any

from tickql.__main__ import main
from tickql.api.traffic import Traffic


def _nothing(*_: Any) -> None: ...


def changes() -> list[tuple[Any, str, Any]]:
    """Return what is replaced: owner, name and new value."""
    return [(Traffic, "live", _nothing), (Traffic, "finish_live", _nothing), (Traffic, "sent", _nothing)]


if __name__ == "__main__":
    for owner, name, value in changes():
        setattr(owner, name, value)
    main()
