"""The health of one symbol, and the sentences about tables, labelled rules and slow frames. Pure judgement, no I/O."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import takewhile
from typing import NamedTuple

from tickql.feed.status import ProducerState
from tickql.producer.capture.messages import NOT_FOUND, FieldPlace, Heartbeat
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.price_fields import FIELD_NAMES, FieldName
from tickql.producer.feedfile.rules import PageRule, SymbolRule, TableRule
from tickql.producer.feedfile.stream_rules import StreamRule
from tickql.producer.health.diagnostics import diagnose_place, diagnose_text
from tickql.producer.prices.seen_text import plain_words
from tickql.producer.quotes.quote_builder import QuoteBuilder
from tickql.producer.quotes.symbol_state import SymbolState

_SLOW_TIMER_HZ = 10.0
"""A page whose 10 ms timers fire less often is reported: the browser throttles hidden pages to 1 Hz."""

_LISTED_CHARACTERS = 120
"""Of names in one sentence: what fits in a line."""
_NAMES = 'symbol = { ..., names = { "S&P 500" = "SPX", ... } }'

Places = dict[FieldName, FieldPlace]


class Health(NamedTuple):
    """A state, and why it is not a better state; `None`: all is well."""

    state: ProducerState
    reason: str | None = None


LOADING = Health(ProducerState.STARTING, "the page is loading")
# MISSING is the worst: the feed file may need a correction. The other states pass by themselves.
_WORST_FIRST = (
    ProducerState.MISSING,
    ProducerState.STALE,
    ProducerState.STARTING,
    ProducerState.DEGRADED,
    ProducerState.LIVE,
)


def worst(healths: Sequence[Health]) -> Health:
    """The worst state of several, with all reasons for that state."""
    state = min((health.state for health in healths), key=_WORST_FIRST.index)
    reasons = [health.reason for health in healths if health.state is state and health.reason is not None]
    return Health(state, "; ".join(reasons) or None)


def judge_symbol(rule: PageRule, places: Places, state: SymbolState | None) -> Health:
    """Judge a symbol by one rule: where its fields are, then what they show. `state`: `None` if it had no price yet."""
    place_problems = [diagnose_place(rule, name, places.get(name, NOT_FOUND)) for name in rule.fields]
    if any(place_problems):
        return Health(ProducerState.MISSING, "; ".join(each for each in place_problems if each))
    if state is None:
        return Health(ProducerState.STARTING, "no price yet")
    text_problems = {name: diagnose_text(rule, name, places.get(name, NOT_FOUND), state) for name in rule.fields}
    if not any(text_problems.values()):
        return Health(ProducerState.LIVE)
    # A field whose text was no price for a moment, but is a price again, is only degraded.
    is_unknown = any(problem and not state.fields[name].known for name, problem in text_problems.items())
    health = ProducerState.MISSING if is_unknown else ProducerState.DEGRADED
    return Health(health, "; ".join(each for each in text_problems.values() if each))


def empty_groups(feed: FeedFile, heartbeats: Mapping[int, Heartbeat]) -> Iterator[str]:
    """The tables and labelled rules of which nothing is on the page, a sentence for each."""
    for index, rule in enumerate(feed.rules):
        if isinstance(rule, SymbolRule | StreamRule) or not heartbeats:
            continue
        counts = [heartbeat.groups.get(index, (0, 0)) for heartbeat in heartbeats.values()]
        units, nameless = (sum(column) for column in zip(*counts, strict=True))
        query = f'rows "{rule.rows}"' if isinstance(rule, TableRule) else f'box "{rule.box}"'
        if not units:
            yield f"{feed.rule_name(index)}: {query} matches nothing"
        elif isinstance(rule, TableRule) and nameless == units:
            yield f"{feed.rule_name(index)}: {query} matches {units}, but none of them contains a symbol"
        elif not any(found == index for heartbeat in heartbeats.values() for found, _ in heartbeat.places):
            none = "none of them with one of its names" if rule.symbol.names else "none of them"
            yield f"{feed.rule_name(index)}: {query} matches {units}, but {none} contains any of the prices"


def refusals(quote_builder: QuoteBuilder, shown: Collection[str]) -> Iterator[str]:
    """Why symbols that the page shows are not followed. Names that cannot be symbols are one sentence for a rule."""
    unusable: dict[str, list[str]] = defaultdict(list)
    for symbol, place in quote_builder.unusable.items():
        if symbol in shown:
            unusable[place].append(plain_words(symbol))
    for place, names in unusable.items():
        if len(names) > 1:
            yield f"{place}: {len(names)} names cannot be symbols ({_listed(names)}): give them symbols, {_NAMES}"
    for symbol, reason in quote_builder.refused.items():
        if symbol in shown and len(unusable.get(quote_builder.unusable.get(symbol, ""), ())) <= 1:
            yield reason


def _listed(names: Sequence[str]) -> str:
    """As many of the names as fit in a line."""
    shown = list(takewhile(lambda count: len(", ".join(names[:count])) <= _LISTED_CHARACTERS, range(1, len(names) + 1)))
    count = max(len(shown), 1)
    return ", ".join(map(repr, names[:count])) + (f" and {len(names) - count} more" if count < len(names) else "")


def slowness(feed: FeedFile, heartbeats: Mapping[int, Heartbeat], *, is_settling: bool) -> Iterator[str]:
    """Why the page is sampled less often than the feed file asks for, a sentence for each reason.

    `is_settling`: the page was opened a moment ago, so its timers may be slow.
    """
    for heartbeat in heartbeats.values():
        if heartbeat.behind:
            yield f"this machine cannot keep up with the page: {heartbeat.merged} changes were merged into later ones"
        if heartbeat.top and not is_settling and heartbeat.timer_hz is not None and heartbeat.timer_hz < _SLOW_TIMER_HZ:
            hidden = "" if heartbeat.visible else ": the browser treats the page as hidden"
            yield f"the page's timers run at only {heartbeat.timer_hz:.0f} Hz{hidden}"
        if heartbeat.fault is not None:
            yield f"the page's observer failed {heartbeat.faults} times: {heartbeat.fault}"


def add_places(found: Places, places: tuple[FieldPlace | None, ...]) -> None:
    """Add the places of one frame to those of the other frames, for one symbol."""
    for name, place in zip(FIELD_NAMES, places, strict=True):
        if place is None or not place.matches:
            continue
        before = found.get(name)
        # The same price in several frames is one price while they agree (see `SymbolState`).
        matches = place.matches if before is None else max(before.matches, place.matches)
        is_rendered = place.is_rendered or (before is not None and before.is_rendered)
        found[name] = FieldPlace(matches, place.candidate if before is None else before.candidate, is_rendered)
