"""How well each symbol is seen, and the page as a whole. Pure judgement on what the page's frames say."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from tickql.feed.status import ProducerState
from tickql.producer.capture.messages import NOWHERE, Heartbeat, Place
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.price_fields import FIELD_NAMES, FieldName
from tickql.producer.feedfile.rules import PageRule, SymbolRule, TableRule
from tickql.producer.feedfile.stream_rules import StreamRule
from tickql.producer.health.diagnostics import diagnose_place, diagnose_text
from tickql.producer.quotes.quote_builder import SymbolState

# A throttled page's timers fire once a second.
_SLOW_TIMER_HZ = 10.0

Places = dict[FieldName, Place]


class Health(NamedTuple):
    """A state, and why it is not a better one; `None` while all is well."""

    state: ProducerState
    reason: str | None = None


LOADING = Health(ProducerState.STARTING, "the page is loading")
_WORST_FIRST = (
    ProducerState.MISSING,
    ProducerState.STALE,
    ProducerState.STARTING,
    ProducerState.DEGRADED,
    ProducerState.LIVE,
)


def worst(verdicts: Sequence[Health]) -> Health:
    """One for all: the worst state of any, with the reasons for it."""
    state = min((verdict.state for verdict in verdicts), key=_WORST_FIRST.index)
    reasons = [verdict.reason for verdict in verdicts if verdict.state is state and verdict.reason is not None]
    return Health(state, "; ".join(reasons) or None)


def judge_symbol(rule: PageRule, places: Places, state: SymbolState | None) -> Health:
    """One symbol of one rule, by where its fields are and by what they show. `None`: it has shown nothing yet."""
    wrong = [diagnose_place(rule, name, places.get(name, NOWHERE)) for name in rule.fields]
    if any(wrong):
        return Health(ProducerState.MISSING, "; ".join(each for each in wrong if each))
    if state is None:
        return Health(ProducerState.STARTING, "no price yet")
    texts = {name: diagnose_text(rule, name, places.get(name, NOWHERE), state) for name in rule.fields}
    if not any(texts.values()):
        return Health(ProducerState.LIVE)
    unknown = any(complaint and not state.fields[name].known for name, complaint in texts.items())
    level = ProducerState.MISSING if unknown else ProducerState.DEGRADED
    return Health(level, "; ".join(each for each in texts.values() if each))


def empty_groups(feed: FeedFile, heartbeats: Mapping[int, Heartbeat]) -> Iterator[str]:
    """The tables and labelled rules of which nothing is on the page, in sentences."""
    for index, rule in enumerate(feed.rules):
        if isinstance(rule, SymbolRule | StreamRule) or not heartbeats:
            continue
        counts = [heartbeat.groups.get(index, (0, 0)) for heartbeat in heartbeats.values()]
        units, nameless = (sum(column) for column in zip(*counts, strict=True))
        query = f'rows "{rule.rows}"' if isinstance(rule, TableRule) else f'box "{rule.box}"'
        if not units:
            yield f"{feed.rule_name(index)}: {query} matches nothing"
        elif isinstance(rule, TableRule) and nameless == units:
            yield f"{feed.rule_name(index)}: {query} matches {units}, but none of them says a symbol"
        elif not any(found == index for heartbeat in heartbeats.values() for found, _ in heartbeat.places):
            yield f"{feed.rule_name(index)}: {query} matches {units}, but none of the prices is found in any of them"


def slowness(feed: FeedFile, heartbeats: Mapping[int, Heartbeat], *, settling: bool) -> Iterator[str]:
    """What keeps the page from being seen as often as promised, in sentences; a page that is `settling` is busy."""
    for heartbeat in heartbeats.values():
        if heartbeat.interval_ms > feed.page.sample_s * 1000:
            yield f"prices are looked at each {heartbeat.interval_ms:.0f} ms only: this machine cannot keep up"
        if heartbeat.top and not settling and heartbeat.timer_hz is not None and heartbeat.timer_hz < _SLOW_TIMER_HZ:
            hidden = "" if heartbeat.visible else ": the browser takes it for hidden"
            yield f"the page's timers run at {heartbeat.timer_hz:.0f} Hz only{hidden}"
        if heartbeat.fault is not None:
            yield f"the page's observer failed {heartbeat.faults} times: {heartbeat.fault}"


def add_places(found: Places, places: tuple[Place | None, ...]) -> None:
    """Add what one frame shows of a symbol to what the others do."""
    for name, place in zip(FIELD_NAMES, places, strict=True):
        if place is None or not place.matches:
            continue
        before = found.get(name)
        matches = place.matches if before is None else max(before.matches, 0) + max(place.matches, 0)
        found[name] = Place(matches, place.candidate if before is None else before.candidate)
