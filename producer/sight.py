"""What the producer sees of its page, as the status that it reports. No I/O and no clock of its own."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from feed.status import ProducerReport, ProducerState, SymbolReport
from producer.complaints import place_complaint, text_complaint
from producer.feedfile import FeedFile
from producer.messages import NOWHERE, Beat, Place
from producer.quoter import Quoter
from producer.rules import FIELD_NAMES, FieldName, LabelledRule, SymbolRule, TableRule

SETTLE_US = 5_000_000
"""How long after a page was opened its fields may be missing without a word about it."""
_SLOW_TIMER_HZ = 20.0

_Verdict = tuple[ProducerState, str | None]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What all frames together show of one rule."""

    symbol: str
    places: dict[FieldName, Place]


class Sight:
    """Takes in beats and faults; gives a report whenever there is something new to say."""

    def __init__(self, feed: FeedFile, quoter: Quoter) -> None:
        self._feed = feed
        self._quoter = quoter
        self._beats: dict[int, Beat] = {}
        self._generation: int | None = None
        self._opened_us = 0
        self._trouble: _Verdict | None = (ProducerState.STARTING, None)
        self._last: ProducerReport | None = None

    def opening(self) -> None:
        """A page is being loaded: nothing that was seen holds any more. What was wrong is wrong until it beats."""
        self._beats.clear()
        self._generation = None

    def beat(self, context: int, beat: Beat) -> None:
        """A frame of the page is alive."""
        self._beats[context] = beat
        if beat.top and beat.generation != self._generation:
            self._generation = beat.generation
            self._opened_us = beat.us
        self._trouble = None

    def forget(self, context: int | None) -> None:
        """A frame is gone; `None`: all of them."""
        if context is None:
            self._beats.clear()
        else:
            self._beats.pop(context, None)

    def lost(self, reason: str) -> None:
        """The page is not heard."""
        self._trouble = (ProducerState.STALE, reason)

    def stopped(self) -> None:
        """The producer ends on purpose."""
        self._trouble = (ProducerState.STOPPED, None)

    @property
    def blank(self) -> bool:
        """Whether nothing of the feed file is on the page."""
        return not any(beat.places for beat in self._beats.values())

    def page_name(self) -> str:
        """The page as people know it: its title and address, without the query, which may hold a secret."""
        top = next((beat for beat in self._beats.values() if beat.top), None)
        return "the page" if top is None else f"{top.title!r} at {top.href.partition('?')[0].partition('#')[0]}"

    def report(self, now_us: int) -> ProducerReport | None:
        """What is to be said now; `None`: the same as last time. Complaints that no longer hold are dropped."""
        symbols = dict(self._symbols(now_us))
        overall = self._overall(symbols, now_us)
        for state in self._quoter.symbols.values():
            for field in state.fields.values():
                field.forgive()
        report = self._since(overall, symbols, now_us)
        if self._last is not None and _said(report) == _said(self._last):
            return None
        self._last = report
        return report

    def _symbols(self, now_us: int) -> Iterator[tuple[str, _Verdict]]:
        seen = self._seen()
        for symbol in dict.fromkeys((*self._feed.symbols, *self._quoter.symbols, *seen)):
            yield symbol, self._trouble or self._verdict(symbol, seen.get(symbol, {}), now_us)

    def _seen(self) -> dict[str, dict[FieldName, Place]]:
        """Where each field is, all frames together; of symbols that rules share, as the rule that owns it sees it."""
        found: dict[str, dict[FieldName, Place]] = defaultdict(dict)
        for beat in self._beats.values():
            for (rule, symbol), places in beat.places.items():
                if symbol in self._quoter.symbols and self._quoter.symbols[symbol].rule != rule:
                    continue
                if symbol not in self._quoter.symbols and symbol not in self._feed.symbols:
                    continue
                _add(found[symbol], places)
        return found

    def _verdict(self, symbol: str, places: dict[FieldName, Place], now_us: int) -> _Verdict:
        index = self._rule_of(symbol)
        rule = self._feed.rules[index]
        state = self._quoter.symbols.get(symbol)
        settling = now_us - self._opened_us < SETTLE_US
        if not places and symbol not in self._feed.symbols:
            return ProducerState.MISSING, f"{self._feed.place(index)} does not show it now"
        wrong = [place_complaint(rule, name, places.get(name, NOWHERE)) for name in rule.fields]
        if any(wrong):
            if settling:
                return ProducerState.STARTING, "the page is loading"
            return ProducerState.MISSING, "; ".join(each for each in wrong if each)
        if state is None:
            return ProducerState.STARTING, "no price yet"
        texts = {name: text_complaint(rule, name, places.get(name, NOWHERE), state) for name in rule.fields}
        if any(texts.values()):
            unknown = any(texts[name] and not state.fields[name].known for name in texts)
            level = ProducerState.MISSING if unknown else ProducerState.DEGRADED
            return level, "; ".join(each for each in texts.values() if each)
        return ProducerState.LIVE, None

    def _rule_of(self, symbol: str) -> int:
        if symbol in self._quoter.symbols:
            return self._quoter.symbols[symbol].rule
        for index, rule in enumerate(self._feed.rules):
            given = rule.name if isinstance(rule, SymbolRule) else None
            if symbol == (rule.symbol.name if isinstance(rule, LabelledRule) else given):
                return index
        raise KeyError(symbol)

    def _overall(self, symbols: dict[str, _Verdict], now_us: int) -> _Verdict:
        if self._trouble is not None:
            return self._trouble
        settling = now_us - self._opened_us < SETTLE_US
        missing = [] if settling else list(self._empty_groups())
        shown = self._seen()
        missing += [
            f"{symbol}: {reason}"
            for symbol, (state, reason) in symbols.items()
            if state is ProducerState.MISSING and (symbol in shown or symbol in self._feed.symbols)
        ]
        if missing:
            return ProducerState.MISSING, _first(missing)
        if self.blank or any(state is ProducerState.STARTING for state, _ in symbols.values()):
            return ProducerState.STARTING, "the page is loading"
        lesser = [*self._slowness(), *self._quoter.refused.values()]
        lesser += [f"{name}: {why}" for name, (state, why) in symbols.items() if state is ProducerState.DEGRADED]
        return (ProducerState.DEGRADED, _first(lesser)) if lesser else (ProducerState.LIVE, None)

    def _empty_groups(self) -> Iterator[str]:
        for index, rule in enumerate(self._feed.rules):
            if isinstance(rule, SymbolRule) or not self._beats:
                continue
            counts = [beat.groups.get(index, (0, 0)) for beat in self._beats.values()]
            units, nameless = (sum(column) for column in zip(*counts, strict=True))
            query = f'rows "{rule.rows}"' if isinstance(rule, TableRule) else f'box "{rule.box}"'
            if not units:
                yield f"{self._feed.place(index)}: {query} matches nothing"
            elif isinstance(rule, TableRule) and nameless == units:
                yield f"{self._feed.place(index)}: {query} matches {units}, but none of them says a symbol"

    def _slowness(self) -> Iterator[str]:
        for beat in self._beats.values():
            if beat.interval_ms > self._feed.page.sample_s * 1000:
                yield f"prices are looked at each {beat.interval_ms:.0f} ms only: this machine cannot keep up"
            if beat.top and beat.timer_hz is not None and beat.timer_hz < _SLOW_TIMER_HZ:
                yield f"the page's timers run at {beat.timer_hz:.0f} Hz only" + (
                    "" if beat.visible else ": the browser takes it for hidden"
                )
            if beat.fault is not None:
                yield f"the page's observer failed {beat.faults} times: {beat.fault}"

    def _since(self, overall: _Verdict, symbols: dict[str, _Verdict], now_us: int) -> ProducerReport:
        before = self._last.symbols if self._last is not None else {}
        reports = {}
        for symbol, (state, reason) in symbols.items():
            same = symbol in before and before[symbol].state is state
            since_us = before[symbol].since_us if same else now_us
            reports[symbol] = SymbolReport(state=state, reason=reason, since_us=since_us)
        state, reason = overall
        same = self._last is not None and self._last.state is state
        return ProducerReport(
            source=self._feed.name, state=state, reason=reason, heard_us=now_us, symbols=reports,
            since_us=self._last.since_us if same and self._last is not None else now_us,
        )  # fmt: skip


def _add(found: dict[FieldName, Place], places: tuple[Place | None, ...]) -> None:
    for name, place in zip(FIELD_NAMES, places, strict=True):
        if place is None or not place.matches:
            continue
        before = found.get(name)
        found[name] = (
            place if before is None else Place(max(before.matches, 0) + max(place.matches, 0), before.candidate)
        )


def _first(sentences: list[str]) -> str:
    return sentences[0] if len(sentences) == 1 else f"{sentences[0]} (and {len(sentences) - 1} more)"


def _said(report: ProducerReport) -> dict[str, Any]:
    return report.model_dump(exclude={"heard_us"})
