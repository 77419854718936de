"""The faults and recoveries of one page in the last hour, as its producer's reports tell them. No I/O.

The hash `market_data:faults` holds the list of each source. It is bounded by time and by count.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from pydantic import TypeAdapter, ValidationError

from tickql.feed.errors import InvalidMessage
from tickql.feed.status import ProducerReport, ProducerState, Reason
from tickql.feed.stored_message import StoredValue

KEPT_US = 3_600_000_000
"""How long an event is kept: one hour."""
_MAX_PAGE_EVENTS = 100
_MAX_SYMBOL_EVENTS = 200
"""Events kept, at most: about 60 kB. Each kind has room of its own: no symbol pushes out what befell the page."""
_MAX_GROUPS = 10
"""Events of symbols that one report may add. Symbols with the same fault are one event."""
_CHANGING_PARTS = re.compile(r"'[^']*'|[0-9]+")
"""Parts of a reason that may change with every tick: quoted texts of the page, and numbers."""
_FAULTS = (ProducerState.DEGRADED, ProducerState.MISSING, ProducerState.STALE)

_Condition = tuple[ProducerState, str]
"""A state, and its reason without what changes all the time."""


class FeedEvent(StoredValue):
    """A page, or a symbol on it, entered a state, or its state has another reason."""

    at_us: int
    """Unix microseconds, by the producer's clock."""
    symbol: str | None = None
    """The symbol; `None`: the page as a whole."""
    others: int = 0
    """How many other symbols entered the same state at the same moment, for a reason of the same kind."""
    state: ProducerState
    reason: Reason | None = None


_LIST = TypeAdapter(list[FeedEvent])


def decode_events(data: bytes) -> list[FeedEvent]:
    """Parse the list of a source.

    Raises:
        InvalidMessage: `data` is no such list.
    """
    try:
        return _LIST.validate_json(data)
    except ValidationError as error:
        raise InvalidMessage(f"not a list of events: {error.error_count()} faults") from error


def of_last_hour(events: Sequence[FeedEvent], now_us: int) -> list[FeedEvent]:
    """Return the events of the last hour, and the newest one of the page before: how the hour began."""
    oldest_us = now_us - KEPT_US
    before = [event for event in events if event.symbol is None and event.at_us < oldest_us]
    return [*before[-1:], *(event for event in events if event.at_us >= oldest_us)]


class FaultLog:
    """Finds the events in the reports of one source, and keeps those of the last hour.

    While the page as a whole has a fault, its symbols have the same one: only the event of the page is kept then.
    """

    def __init__(self) -> None:
        self.has_changed = False
        """Whether there are events that were not encoded yet."""
        self._page_events: list[FeedEvent] = []
        self._symbol_events: list[FeedEvent] = []
        self._page: _Condition | None = None
        self._symbols: dict[str, _Condition] = {}
        """The symbols whose newest event is a fault."""

    def load(self, events: Iterable[FeedEvent]) -> None:
        """Put the events of an earlier producer before those of this one."""
        known = set(self.events())
        earlier = [event for event in events if event not in known]
        self._page_events = [*(event for event in earlier if event.symbol is None), *self._page_events]
        self._symbol_events = [*(event for event in earlier if event.symbol is not None), *self._symbol_events]
        self.has_changed = True

    def note(self, report: ProducerReport) -> None:
        """Take a report in. Its `heard_us` is the time of what is new in it."""
        at_us = report.heard_us
        condition = _condition(report.state, report.reason)
        if condition != self._page:
            self._page = condition
            self._page_events.append(FeedEvent(at_us=at_us, state=report.state, reason=report.reason))
            self.has_changed = True
        for event in self._symbol_changes(report):
            self._symbol_events.append(event)
            self.has_changed = True
        # Now, and not only at `encode`: reports may come far more often.
        self._trim(at_us)

    def events(self) -> list[FeedEvent]:
        """Return the events, the oldest first."""
        return sorted([*self._page_events, *self._symbol_events], key=lambda event: event.at_us)

    def encode(self, now_us: int) -> bytes:
        """Return the events of the last hour as JSON."""
        self.has_changed = False
        self._trim(now_us)
        return _LIST.dump_json(self.events(), exclude_defaults=True)

    def _symbol_changes(self, report: ProducerReport) -> Iterator[FeedEvent]:
        groups: dict[_Condition, list[FeedEvent]] = {}
        for symbol, each in report.symbols.items():
            if (each.state, each.reason) == (report.state, report.reason) and each.state is not ProducerState.LIVE:
                continue
            is_fault = each.state in _FAULTS
            if not is_fault and symbol not in self._symbols:
                continue
            condition = _condition(each.state, each.reason)
            if condition == self._symbols.get(symbol):
                continue
            if is_fault:
                self._symbols[symbol] = condition
            elif each.state is ProducerState.LIVE:
                del self._symbols[symbol]
            else:
                continue
            event = FeedEvent(at_us=report.heard_us, symbol=symbol, state=each.state, reason=each.reason)
            groups.setdefault(condition, []).append(event)
        for first, *others in list(groups.values())[:_MAX_GROUPS]:
            yield first.model_copy(update={"others": len(others)})

    def _trim(self, now_us: int) -> None:
        if len(self._page_events) > _MAX_PAGE_EVENTS or self._is_old(self._page_events[1:2], now_us):
            self._page_events = of_last_hour(self._page_events, now_us)[-_MAX_PAGE_EVENTS:]
        if len(self._symbol_events) > _MAX_SYMBOL_EVENTS or self._is_old(self._symbol_events[:1], now_us):
            self._symbol_events = of_last_hour(self._symbol_events, now_us)[-_MAX_SYMBOL_EVENTS:]

    @staticmethod
    def _is_old(first: Sequence[FeedEvent], now_us: int) -> bool:
        return any(event.at_us < now_us - KEPT_US for event in first)


def _condition(state: ProducerState, reason: str | None) -> _Condition:
    return state, _CHANGING_PARTS.sub("", reason or "")
