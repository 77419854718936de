"""The address of a page that goes elsewhere by itself (`history.pushState`, a changed fragment, a link). No I/O.

A feed file's own symbols are those of one address: another one of the same site may show other prices in the same
places, with nothing that the selectors could notice.
"""

from urllib.parse import SplitResult, parse_qsl, urlsplit


class PageAddress:
    """Where a page is, and where its prices were first counted."""

    def __init__(self) -> None:
        self._current = ""
        self._settled: str | None = None

    def reset(self) -> None:
        """Start over: a page is being loaded."""
        self._settled = None

    def move(self, url: str) -> None:
        """Note where the page is now."""
        self._current = url

    def settle(self) -> None:
        """Take the present address for the place of the prices, unless there is one already."""
        self._settled = self._settled or self._current

    @property
    def is_settled(self) -> bool:
        """Whether prices have been counted at an address since the page was loaded."""
        return self._settled is not None

    @property
    def departure(self) -> str | None:
        """Where the page has gone to from the place of its prices, in a sentence; `None`: it is there."""
        if self._settled is None or is_same_place(self._settled, self._current):
            return None
        return f"the page went by itself from {_shown(self._settled)} to {_shown(self._current)}"


def is_same_place(one: str, other: str) -> bool:
    """Return whether two addresses are of the same place of a site.

    The path counts, a fragment that is a route (`#/es`), and each parameter of the query that both have. What is added
    to a query, and fragments that name a part of a document, do not.
    """
    here, there = urlsplit(one), urlsplit(other)
    if (here.netloc, here.path.rstrip("/"), _route(here)) != (there.netloc, there.path.rstrip("/"), _route(there)):
        return False
    before, after = dict(parse_qsl(here.query)), dict(parse_qsl(there.query))
    return all(after[name] == value for name, value in before.items() if name in after)


def _route(parts: SplitResult) -> str:
    return parts.fragment.rstrip("/") if parts.fragment.startswith(("/", "!")) else ""


def _shown(url: str) -> str:
    """The path with what may name a market in it; the query may hold a secret."""
    parts = urlsplit(url)
    names = ", ".join(name for name, _ in parse_qsl(parts.query))
    return (parts.path or "/") + (f"#{_route(parts)}" if _route(parts) else "") + (f" (with {names})" if names else "")
