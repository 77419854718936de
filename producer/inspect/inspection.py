"""What a look at a page finds, price by price. Pure judgement on what the producer knows, in its status's words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tickql.feed.status import ProducerReport, ProducerState
from tickql.producer.capture.messages import NOT_FOUND
from tickql.producer.clock import now_us
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.price_fields import FieldName
from tickql.producer.feedfile.rules import PageRule
from tickql.producer.feedfile.stream_rules import StreamRule
from tickql.producer.health.diagnostics import diagnose_place, diagnose_text
from tickql.producer.health.stream_health import judge_streams
from tickql.producer.health.symbol_health import Health, Places
from tickql.producer.quotes.quote_builder import SymbolState
from tickql.producer.watch.feed_source import FeedSource

# States of a symbol that come of its fields. Those of the page say nothing of a single one.
_OF_FIELDS = (ProducerState.MISSING, ProducerState.DEGRADED)


@dataclass(frozen=True, slots=True)
class FieldFinding:
    """One price of one symbol, as it was seen."""

    rule: int
    """Index of its rule in the feed file."""
    symbol: str
    field: FieldName
    matches: int | None
    """Elements of the page; -1: one that has not what is to be read; `None`: it is not read off the page."""
    candidate: int
    """Which of its selectors is in use, from 0."""
    selector: str
    """That selector, or the expression by which messages are picked."""
    raw: str | None
    """The text that was last seen; `None`: none."""
    price: str | None
    """What that is as a price; `None`: a placeholder, or it cannot be told."""
    changes_per_s: float
    unparsed: int
    """Texts that were no price, since the page was opened."""
    state: ProducerState
    reason: str | None
    """Why it is not live; `None`: it is."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was seen. `picture`: a PNG of the page with boxes around what is read; `None`: it could not be had."""

    state: ProducerState
    reason: str | None
    page: str
    """Its title and address."""
    seconds: float
    """How long changes were counted."""
    fields: tuple[FieldFinding, ...]
    timer_hz: float | None = None
    """How often a 10 ms timer of the page fires a second; `None`: it did not say."""
    picture: bytes | None = None

    @property
    def is_live(self) -> bool:
        """Whether the page and every price of it is."""
        states = [self.state, *(field.state for field in self.fields)]
        return bool(self.fields) and all(state is ProducerState.LIVE for state in states)


Rates = Mapping[tuple[str, FieldName], float]
"""Changes per second of each field of each symbol."""


def field_findings(source: FeedSource, report: ProducerReport, rates: Rates) -> Iterator[FieldFinding]:
    """Every price that is on the page now or should be. `report` is the newest word about it."""
    seen = source.page_status.health.field_places()
    unheard = judge_streams(source.page_status.streams, now_us())
    for symbol, said in report.symbols.items():
        places = seen.get(symbol, {})
        has_gone = symbol not in seen and symbol not in source.feed.named_symbols
        for index, state in source.quote_builder.rules_of(symbol):
            if has_gone and not isinstance(source.feed.rules[index], StreamRule):
                continue
            verdict = Health(said.state, said.reason)
            if said.state in _OF_FIELDS:
                verdict = source.page_status.health.judge_rule(index, state, symbol, seen.get(symbol), unheard)
            yield from _of_rule(source.feed, index, symbol, places, state, verdict, rates)


def _of_rule(
    feed: FeedFile,
    index: int,
    symbol: str,
    places: Places,
    state: SymbolState | None,
    said: Health,
    rates: Rates,
) -> Iterator[FieldFinding]:
    rule = feed.rules[index]
    complaints = {name: _complaint(rule, name, places, state) for name in rule.fields}
    for name in rule.fields:
        place = places.get(name, NOT_FOUND)
        field = state.fields[name] if state is not None else None
        known = field is not None and field.known
        verdict = said
        if said.state in _OF_FIELDS and any(complaints.values()):
            own = complaints[name]
            worse = Health(ProducerState.DEGRADED if known else ProducerState.MISSING, own)
            verdict = Health(ProducerState.LIVE) if own is None else worse
        yield FieldFinding(
            rule=index,
            symbol=symbol,
            field=name,
            matches=None if isinstance(rule, StreamRule) else place.matches,
            candidate=place.candidate,
            selector=_selector(rule, name, place.candidate),
            raw=None if field is None else field.raw,
            price=field.price if field is not None and known else None,
            changes_per_s=rates.get((symbol, name), 0.0),
            unparsed=0 if field is None else field.unparsed,
            state=verdict.state,
            reason=verdict.reason,
        )


def _complaint(rule: PageRule | StreamRule, name: FieldName, places: Places, state: SymbolState | None) -> str | None:
    if isinstance(rule, StreamRule):
        if state is None:
            return None
        field = state.fields[name]
        what = field.problem or (None if field.known else "has picked nothing yet")
        return what and f'{name}: "{rule.fields[name].pick.expression}" {what}'
    place = places.get(name, NOT_FOUND)
    wrong = diagnose_place(rule, name, place)
    return wrong or (diagnose_text(rule, name, place, state) if state is not None else None)


def _selector(rule: PageRule | StreamRule, name: FieldName, candidate: int) -> str:
    if isinstance(rule, StreamRule):
        return rule.fields[name].pick.expression
    candidates = rule.fields[name].selector
    return "the row itself" if candidates is None else candidates[min(max(candidate, 0), len(candidates) - 1)]
