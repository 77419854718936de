"""Error messages for selectors that the browser refuses: the place in the feed file, and what is wrong. No I/O."""

from collections.abc import Iterator
from typing import Any

import orjson

from tickql.producer.capture.observer_config import SELECTOR_KEYS
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.markers import MarkerKind, page_markers
from tickql.producer.feedfile.selectors import SelectorStep, compile_selector

_PAGE_KEYS = {
    MarkerKind.LOGGED_IN: "login.marker",
    MarkerKind.LOGGED_OUT: "login.logged_out",
    MarkerKind.STALE: "stale",
    MarkerKind.DIALOG: "dismiss",
}


def describe_selector_error(feed: FeedFile, part: str, why: str) -> str:
    """Return one line that names the file, the rule, the key and the selector.

    `part`: the part of a selector that the browser refuses. `why`: the browser's message (see `Heartbeat.invalid`).
    """
    for place, selector in _places(feed):
        for step in compile_selector(selector):
            if part in (step.get("css"), step.get("xpath"), orjson.dumps(step).decode()):
                return f"{feed.path}: {place}: selector {selector!r} {_fault(step, why)}"
    return f"{feed.path}: selector {part!r}: {why}"


def _fault(step: SelectorStep, why: str) -> str:
    if "regular expression" in why:
        return f"has no valid regular expression: {why.rpartition(': ')[2]}"
    if step["engine"] == "xpath":
        return "is not valid XPath (a selector that begins with // or .. is XPath)"
    return "is not valid CSS"


def _places(feed: FeedFile) -> Iterator[tuple[str, str]]:
    """Yield the place of every selector of the file, such as `[[table]] #1, ask`, and the selector."""
    for rule in feed.observed()["rules"]:
        for key, selector in _selectors(rule, ""):
            yield f"{feed.rule_name(rule['rule'])}, {key}", selector
    for marker in page_markers(feed.page):
        if marker.kind in _PAGE_KEYS:
            yield f"[page], {_PAGE_KEYS[marker.kind]}", marker.selector


def _selectors(value: Any, outer: str) -> Iterator[tuple[str, str]]:
    """Yield the key in the file of every selector of a rule's `observed()`, and the selector."""
    if isinstance(value, list):
        for each in value:
            yield from _selectors(each, outer)
    elif isinstance(value, dict):
        for key, each in value.items():
            inner = outer if key in ("fields", "selector") else key
            if key in SELECTOR_KEYS and isinstance(each, str | list):
                yield from ((inner, selector) for selector in ([each] if isinstance(each, str) else each))
            else:
                yield from _selectors(each, inner)
