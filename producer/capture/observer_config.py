"""What the page's observer is told: the feed file's rules with their selectors compiled. No I/O."""

from typing import Any

import orjson

from tickql.producer.capture.observer.script import script
from tickql.producer.errors import FeedFileError, InvalidSelector
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.markers import page_markers
from tickql.producer.feedfile.selectors import compile_selector

SELECTOR_KEYS = frozenset(("selector", "rows", "box", "label"))
"""The keys of a rule's `source()` whose values are selectors."""


def observer_script(feed: FeedFile) -> str:
    """The JavaScript that watches a page for this feed file.

    Raises:
        FeedFileError: a selector in it is wrong.
    """
    return script(orjson.dumps(observer_config(feed)).decode())


def observer_config(feed: FeedFile) -> dict[str, Any]:
    """`FeedFile.observed()` with a list of steps in place of each selector, and `marks` (see `feedfile.markers`).

    No steps are the row or box itself.

    Raises:
        FeedFileError: a selector in it is wrong.
    """
    sources = feed.observed()
    try:
        marks = [mark.observed() for mark in page_markers(feed.page)]
    except InvalidSelector as error:
        raise FeedFileError(f"{feed.path}: [page]: {error}") from error
    return {**sources, "rules": [_compiled_rule(feed, rule) for rule in sources["rules"]], "marks": marks}


def _compiled_rule(feed: FeedFile, rule: dict[str, Any]) -> Any:
    try:
        return _compiled(rule)
    except InvalidSelector as error:
        raise FeedFileError(f"{feed.path}: {feed.rule_name(rule['rule'])}: {error}") from error


def _compiled(value: Any) -> Any:
    if isinstance(value, list):
        return [_compiled(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: (compile_selector(each) if each is not None else []) if key in SELECTOR_KEYS else _compiled(each)
        for key, each in value.items()
    }
