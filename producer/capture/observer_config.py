"""The configuration of the page's observer: the feed file's rules with their selectors compiled. No I/O."""

from typing import Any

import orjson

from tickql.producer.capture.observer.script import observer_source
from tickql.producer.errors import FeedFileError, InvalidSelector
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.markers import page_markers
from tickql.producer.feedfile.selectors import compile_selector
from tickql.producer.timings import DEFAULT_TIMINGS, Timings

SELECTOR_KEYS = frozenset(("selector", "rows", "box", "label", "fraction", "ignore"))
"""The keys of a rule's `observed()` whose values are selectors; that of `ignore` is a list of selectors."""


def observer_script(feed: FeedFile, timings: Timings = DEFAULT_TIMINGS) -> str:
    """Return the JavaScript that watches a page for this feed file.

    Raises:
        FeedFileError: a selector in the feed file is wrong.
    """
    config = {**observer_config(feed), "max_waiting_bytes": timings.waiting_bytes}
    return observer_source(orjson.dumps(config).decode())


def observer_config(feed: FeedFile) -> dict[str, Any]:
    """Return `FeedFile.observed()` with a list of steps for each selector, and `marks` (see `feedfile.markers`).

    An empty list of steps stands for the row or box itself.

    Raises:
        FeedFileError: a selector in the feed file is wrong.
    """
    observed = feed.observed()
    try:
        markers = [marker.observed() for marker in page_markers(feed.page)]
    except InvalidSelector as error:
        raise FeedFileError(f"{feed.path}: [page]: {error}") from error
    return {**observed, "rules": [_compile_rule(feed, rule) for rule in observed["rules"]], "marks": markers}


def _compile_rule(feed: FeedFile, rule: dict[str, Any]) -> Any:
    try:
        return _compile(rule)
    except InvalidSelector as error:
        raise FeedFileError(f"{feed.path}: {feed.rule_name(rule['rule'])}: {error}") from error


def _compile(value: Any) -> Any:
    if isinstance(value, list):
        return [_compile(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {key: _compile_selectors(each) if key in SELECTOR_KEYS else _compile(each) for key, each in value.items()}


def _compile_selectors(given: str | list[str] | None) -> list[Any]:
    if isinstance(given, list):
        return [compile_selector(each) for each in given]
    return [] if given is None else compile_selector(given)
