"""The findings of one look at a page, price by price, with the states and reasons of the producer's status. No I/O."""

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
from tickql.producer.prices.seen_text import plain_words
from tickql.producer.quotes.symbol_state import SymbolState
from tickql.producer.watch.feed_source import FeedSource

# These states of a symbol come from its fields, so each field has its own. All other states come from the page and hold
# for all fields.
_FIELD_STATES = (ProducerState.MISSING, ProducerState.DEGRADED)


@dataclass(frozen=True, slots=True)
class FieldFinding:
    """What was found of one price of one symbol."""

    rule: int
    """Index of the rule in the feed file."""
    symbol: str
    name: str | None
    """What the page shows for the symbol, where the feed file has names for it; `None`: the symbol itself."""
    field: FieldName
    matches: int | None
    """Elements that match; -1: one matches, but lacks what is to be read; `None`: the price comes from a stream."""
    candidate: int
    """Which of the field's selectors is in use, from 0."""
    selector: str
    """That selector, or the JMESPath expression of a stream."""
    raw: str | None
    """The newest text, its pieces in words (see `prices.seen_text`); `None`: no text yet."""
    price: str | None
    """The price in that text; `None`: the text is a placeholder or not a price."""
    changes_per_s: float
    unparsed: int
    """Texts that were not a price, since the page was opened."""
    state: ProducerState
    reason: str | None
    """Why the price is not live; `None`: it is live."""
    is_rendered: bool = True
    """Whether the browser renders the element (see `capture.messages.FieldPlace`)."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found on one page."""

    state: ProducerState
    reason: str | None
    page: str
    """Title and address of the page."""
    seconds: float
    """How long changes were counted, seconds."""
    fields: tuple[FieldFinding, ...]
    timer_hz: float | None = None
    """How often a 10 ms timer of the page fires in a second; `None`: not measured."""
    screenshot: bytes | None = None
    """A PNG of the page with boxes around what is read; `None`: not wanted, or the page gave none."""

    @property
    def is_live(self) -> bool:
        """Whether the page has prices, and the page and all its prices are LIVE."""
        states = [self.state, *(field.state for field in self.fields)]
        return bool(self.fields) and all(state is ProducerState.LIVE for state in states)


Rates = Mapping[tuple[str, FieldName], float]
"""Changes per second of each field of each symbol."""


def field_findings(source: FeedSource, report: ProducerReport, rates: Rates) -> Iterator[FieldFinding]:
    """Yield the finding of every price that is on the page now, or should be. `report`: the newest status."""
    shown = source.page_status.health.field_places()
    silent_streams = judge_streams(source.page_status.streams, now_us())
    for symbol, reported in report.symbols.items():
        # A table's symbol that the page shows no more is not missing: the page decides which symbols a table has.
        has_left = symbol not in shown and symbol not in source.feed.named_symbols
        for index, state in source.quote_builder.rules_of(symbol):
            if has_left and not isinstance(source.feed.rules[index], StreamRule):
                continue
            health = Health(reported.state, reported.reason)
            if reported.state in _FIELD_STATES:
                health = source.page_status.health.judge_rule(index, state, symbol, shown.get(symbol), silent_streams)
            yield from _rule_findings(source.feed, index, symbol, shown.get(symbol, {}), state, health, rates)


def _rule_findings(
    feed: FeedFile,
    index: int,
    symbol: str,
    places: Places,
    state: SymbolState | None,
    rule_health: Health,
    rates: Rates,
) -> Iterator[FieldFinding]:
    rule = feed.rules[index]
    problems = {name: _problem(rule, name, places, state) for name in rule.fields}
    for name in rule.fields:
        place = places.get(name, NOT_FOUND)
        field = state.fields[name] if state is not None else None
        known = field is not None and field.known
        health = rule_health
        if rule_health.state in _FIELD_STATES and any(problems.values()):
            problem = problems[name]
            failing = Health(ProducerState.DEGRADED if known else ProducerState.MISSING, problem)
            health = Health(ProducerState.LIVE) if problem is None else failing
        yield FieldFinding(
            rule=index,
            symbol=symbol,
            name=rule.shown_name(symbol),
            field=name,
            matches=None if isinstance(rule, StreamRule) else place.matches,
            candidate=place.candidate,
            selector=_selector(rule, name, place.candidate),
            raw=None if field is None or field.raw is None else plain_words(field.raw),
            price=field.price if field is not None and known else None,
            changes_per_s=rates.get((symbol, name), 0.0),
            unparsed=0 if field is None else field.unparsed,
            state=health.state,
            reason=health.reason,
            is_rendered=place.is_rendered,
        )


def _problem(rule: PageRule | StreamRule, name: FieldName, places: Places, state: SymbolState | None) -> str | None:
    if isinstance(rule, StreamRule):
        if state is None:
            return None
        field = state.fields[name]
        problem = field.problem or (None if field.known else "has picked nothing yet")
        return problem and f'{name}: "{rule.fields[name].pick.expression}" {problem}'
    place = places.get(name, NOT_FOUND)
    return diagnose_place(rule, name, place) or (diagnose_text(rule, name, place, state) if state is not None else None)


def _selector(rule: PageRule | StreamRule, name: FieldName, candidate: int) -> str:
    if isinstance(rule, StreamRule):
        return rule.fields[name].pick.expression
    field = rule.fields[name]
    if field.header is not None:
        return f'header = "{field.header}"'
    candidates = field.places
    return "the row itself" if candidates is None else candidates[min(max(candidate, 0), len(candidates) - 1)]
