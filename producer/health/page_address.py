"""The address of a page that goes elsewhere by itself (`history.pushState`, a changed fragment, a link). No I/O.

A feed file's own symbols are those of one address: another one of the same site may show other prices in the same
places, with nothing that the selectors could notice.
"""

from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit


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

    These count: the path; a fragment that is a route (`#/es`) or is written in capitals, as symbols are (`#ES`); and
    each parameter that both have, in the query (`?s=ES`, `?ES`) or in the fragment (`#s=ES`). What is added to a query,
    and fragments that name a part of a document, do not.
    """
    here, there = urlsplit(one), urlsplit(other)
    if (here.netloc, here.path.rstrip("/"), _route(here)) != (there.netloc, there.path.rstrip("/"), _route(there)):
        return False
    return _agree(here.query, there.query) and _agree(_fragment_query(here), _fragment_query(there))


def _agree(one: str, other: str) -> bool:
    """Whether each parameter that both queries have has the same values in both, an empty one too."""
    before, after = _parameters(one), _parameters(other)
    return all(after[name] == values for name, values in before.items() if name in after)


def _parameters(query: str) -> dict[str, list[str]]:
    """The values of each parameter, in order. The first part is the value of the name "" if it is bare, as in `?ES`."""
    first, _, rest = query.partition("&")
    found: dict[str, list[str]] = {"": [first]} if first and "=" not in first else {}
    for name, value in parse_qsl(rest if found else query, keep_blank_values=True):
        found.setdefault(name, []).append(value)
    return found


def _route(parts: SplitResult) -> str:
    """The fragment without parameters, if it names what the page shows; otherwise empty."""
    fragment = unquote(parts.fragment)
    is_named = fragment.startswith(("/", "!")) or (fragment.isupper() and not _fragment_query(parts))
    return fragment.rstrip("/") if is_named else ""


def _fragment_query(parts: SplitResult) -> str:
    """The parameters in a fragment that is no route."""
    return parts.fragment if "=" in parts.fragment and not parts.fragment.startswith(("/", "!")) else ""


def _shown(url: str) -> str:
    """The path with what may name a market in it; the query may hold a secret."""
    parts = urlsplit(url)
    names = ", ".join(name for name, _ in parse_qsl(f"{parts.query}&{_fragment_query(parts)}"))
    return (parts.path or "/") + (f"#{_route(parts)}" if _route(parts) else "") + (f" (with {names})" if names else "")
