"""What the page's observer is told: the feed file's rules with their selectors compiled. No I/O."""

from typing import Any

import orjson

from producer.errors import FeedFileError, InvalidSelector
from producer.feedfile import FeedFile
from producer.marks import marks_of
from producer.observer.script import script
from producer.selector import compile_selector

SELECTOR_KEYS = frozenset(("selector", "rows", "box", "label"))
"""The keys of a rule's `source()` whose values are selectors."""


def observer_script(feed: FeedFile) -> str:
    """The JavaScript that watches a page for this feed file.

    Raises:
        FeedFileError: a selector in it is wrong.
    """
    return script(orjson.dumps(observer_plan(feed)).decode())


def observer_plan(feed: FeedFile) -> dict[str, Any]:
    """`FeedFile.sources()` with a list of steps in place of each selector, and `marks` (see `producer.marks`).

    No steps are the row or box itself.

    Raises:
        FeedFileError: a selector in it is wrong.
    """
    sources = feed.sources()
    try:
        marks = [mark.source() for mark in marks_of(feed.page)]
    except InvalidSelector as error:
        raise FeedFileError(f"{feed.path}: [page]: {error}") from error
    return {**sources, "rules": [_compiled_rule(feed, rule) for rule in sources["rules"]], "marks": marks}


def _compiled_rule(feed: FeedFile, rule: dict[str, Any]) -> Any:
    try:
        return _compiled(rule)
    except InvalidSelector as error:
        raise FeedFileError(f"{feed.path}: {feed.place(rule['rule'])}: {error}") from error


def _compiled(value: Any) -> Any:
    if isinstance(value, list):
        return [_compiled(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: (compile_selector(each) if each is not None else []) if key in SELECTOR_KEYS else _compiled(each)
        for key, each in value.items()
    }
