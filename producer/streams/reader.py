"""From the messages of one `[[stream]]` rule to readings: finds records, and keeps what they leave out. No I/O."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

from tickql.producer.capture.messages import Reading
from tickql.producer.errors import UnreadableMessage
from tickql.producer.feedfile.json_number import JsonNumber
from tickql.producer.feedfile.rules import FIELD_NAMES
from tickql.producer.feedfile.stream_rules import StreamKind, StreamRule
from tickql.producer.quotes.quote_builder import MAX_SYMBOLS
from tickql.producer.streams.json_document import read_document
from tickql.producer.streams.price_value import price_text

_MAX_CHARACTERS = 300

Told = list[tuple[int, str] | None]
"""Of ask, bid and last: which connection told it last, and its text."""


class StreamReader:
    """Reads one rule's messages, of as many connections as the page opens."""

    def __init__(self, index: int, rule: StreamRule) -> None:
        self.index = index
        self.rule = rule
        self.stats: Counter[str] = Counter()
        """Counts so far: `messages`, `records`; messages `without` a record, `unreadable`, `foreign` or `lost`;
        `late` records."""
        self.open: dict[int, str] = {}
        """The connections that stand: number and address."""
        self.failure: str | None = None
        """What became of the last connection or request, if it failed: a sentence for people."""
        self.complaint: str | None = None
        """What was wrong with a message, for people; `None`: nothing. Whoever passes it on takes it away."""
        self.passed_over: str | None = None
        """Why the last message without a record has none."""
        self.recorded_us: int | None = None
        """When the last record came; `None`: none has, on this page."""
        self._is_hushed = False
        self._told: dict[str, Told] = {}
        self._asked: dict[str, int] = {}
        self._columns = [
            (FIELD_NAMES.index(name), field.pick, rule.price_format(name)) for name, field in rule.fields.items()
        ]

    @property
    def symbols(self) -> Iterable[str]:
        """What records call their symbols; not checked."""
        return self._told.keys()

    def opened(self, connection: int, url: str) -> None:
        """A connection stands."""
        self.open[connection] = url
        self.failure = None

    def closed(self, connection: int, us: int, failure: str | None = None) -> list[Reading]:
        """A connection has ended: what it told may have changed since. Returns what is left of its symbols.

        One that never stood is of no interest while others stand.
        """
        stood = self.open.pop(connection, None) is not None
        if stood or (failure is not None and not self.open):
            self.failure = failure
        return self._forget(us, lambda each: each == connection)

    def lost(self, messages: int, us: int) -> list[Reading]:
        """So many messages were not read: what is known may have changed. Returns what is left of all symbols."""
        self.stats["lost"] += messages
        self.complaint = f"{messages:,} messages came faster than this machine can read them, and are lost"
        return self._forget(us, lambda _: True)

    def hush(self, now_us: int) -> list[Reading]:
        """Of a stream that is silent for too long nothing is to be told until it speaks again. Returns that, once."""
        if self._is_hushed or not self.is_silent(now_us):
            return []
        self._is_hushed = True
        return self.retold(now_us)

    def is_silent(self, now_us: int) -> bool:
        """Whether there has been no record for longer than `max_silence`."""
        if self.recorded_us is None or self.rule.max_silence_s is None:
            return False
        return now_us - self.recorded_us > self.rule.max_silence_s * 1e6

    def retold(self, us: int) -> list[Reading]:
        """What is to be told of each symbol."""
        return [self._reading(us, symbol, self._shown(told)) for symbol, told in self._told.items()]

    def restart(self) -> None:
        """The page is loaded anew: nothing that was told holds any more."""
        self.open.clear()
        self._is_hushed = False
        self._told.clear()
        self._asked.clear()
        self.failure = self.complaint = self.passed_over = self.recorded_us = None

    def read(self, connection: int, data: str | bytes, us: int, asked: int = 0) -> list[Reading]:
        """What a message tells, record by record.

        `asked`: the number of the request that it answers; 0: of none. A symbol of which a later request has brought
        word already is passed over.
        """
        self.stats["messages"] += 1
        self.failure = None
        readings: list[Reading] = []
        try:
            for record in self._records(data):
                readings.extend(self._read_record(connection, record, us, asked))
        except UnreadableMessage as error:
            self.passed_over = str(error)
            self.stats["foreign" if error.foreign else "unreadable"] += 1
            if not error.foreign:
                self.complaint = f"a message that cannot be read, {error}"
        else:
            if not readings:
                self.stats["without"] += 1
        if readings:
            self.stats["records"] += len(readings)
            self.recorded_us = us
        was_hushed = self._is_hushed
        self._is_hushed = was_hushed and not readings
        said = [*readings, *self._left_out(connection, readings, us, asked)]
        return [*self._others(us, said), *said] if was_hushed and readings else said

    def _others(self, us: int, said: list[Reading]) -> list[Reading]:
        """What is known of symbols that nothing is said of."""
        named = {reading.symbol for reading in said}
        return [reading for reading in self.retold(us) if reading.symbol not in named]

    def _left_out(self, connection: int, readings: list[Reading], us: int, asked: int) -> list[Reading]:
        """A response stands for itself: what it does not tell of any more, as its address did before, is not there."""
        if self.rule.kind is not StreamKind.JSON:
            return []
        named = {reading.symbol for reading in readings}
        left_out = self._forget(us, lambda each: each == connection, named)
        self._asked.update(
            (reading.symbol, asked) for reading in [*readings, *left_out] if reading.symbol in self._told
        )
        return left_out

    def _forget(self, us: int, is_gone: Callable[[int], bool], but: Collection[str] = ()) -> list[Reading]:
        readings = []
        for symbol, told in self._told.items():
            if symbol not in but and any(each is not None and is_gone(each[0]) for each in told):
                told[:] = [None if each is None or is_gone(each[0]) else each for each in told]
                readings.append(self._reading(us, symbol, self._shown(told)))
        return readings

    def _shown(self, told: Told) -> Told:
        return [None] * len(FIELD_NAMES) if self._is_hushed else told

    def _records(self, data: str | bytes) -> Iterator[Any]:
        document = read_document(data, self.rule.prefix or "")
        shown = data if isinstance(data, str) else repr(data[:_MAX_CHARACTERS])
        try:
            if self.rule.where is not None and not _is_true(self.rule.where.search(document)):
                self.passed_over = f'{_cut(shown)!r} is not what "where" asks for'
                return
            found = document if self.rule.each is None else self.rule.each.search(document)
            records = found if isinstance(found, list) else [found]
            for record in records:
                if _is_true(record):
                    self.passed_over = f"{_cut(shown)!r} has no symbol or no price"
                    yield record
            if not any(map(_is_true, records)):
                self.passed_over = f'"each" picks nothing of {_cut(shown)!r}'
        except ValueError as error:
            raise UnreadableMessage(shown, str(error)) from error

    def _read_record(self, connection: int, record: Any, us: int, asked: int) -> Iterator[Reading]:
        symbol = self._symbol(record)
        if symbol is None:
            return
        if asked < self._asked.get(symbol, 0):
            self.stats["late"] += 1
            return
        told = self._told.get(symbol) or [None] * len(FIELD_NAMES)
        is_news = False
        for column, pick, price_format in self._columns:
            text = price_text(pick, record, price_format)
            if text is not None:
                told[column] = (connection, text)
                is_news = True
            elif self.rule.kind is StreamKind.JSON:
                told[column] = None
                is_news = True
        if not is_news:
            return
        if len(self._told) < MAX_SYMBOLS or symbol in self._told:
            self._told[symbol] = told
        yield self._reading(us, symbol, told)

    def _symbol(self, record: Any) -> str | None:
        given = self.rule.symbol
        if given.pick is None:
            return given.name
        try:
            found = given.pick.search(record)
        except ValueError as error:
            self.passed_over = str(error)
            return None
        if isinstance(found, JsonNumber):
            found = found.plain
        if not isinstance(found, str):
            return None
        name = found.strip()[:_MAX_CHARACTERS]
        return (name or None) if given.names is None else given.names.get(name)

    def _reading(self, us: int, symbol: str, told: Told) -> Reading:
        return Reading(us, self.index, symbol, tuple(None if each is None else each[1] for each in told))


def _is_true(value: Any) -> bool:
    """JMESPath's truth: 0 is true, what is empty is false."""
    return not (value is None or value is False or value in ("", [], {}))


def _cut(text: str) -> str:
    return text if len(text) <= 60 else text[:60] + "…"
