"""The reader of one `[[stream]]` rule: turns messages into readings, remembers prices that records leave out. No I/O.

Only the page watcher's task calls a reader, one event after another; so nothing here is guarded against other tasks.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

from tickql.producer.capture.messages import Reading
from tickql.producer.errors import UnreadableMessage
from tickql.producer.feedfile.price_fields import FIELD_NAMES
from tickql.producer.feedfile.stream_rules import StreamKind, StreamRule
from tickql.producer.quotes.quote_builder import MAX_SYMBOLS
from tickql.producer.streams.price_value import price_text
from tickql.producer.streams.record_finder import RecordFinder

SourcedTexts = list[tuple[int, str] | None]
"""For ask, bid and last: the connection that sent the newest price, and its text. `None`: the price is not known."""


_Fault = str | UnreadableMessage
"""What was wrong with messages. It becomes a text when it is asked for: a page may send very many of them."""


class StreamReader:
    """Reads the messages of one rule, from any number of connections, and holds the newest prices of each symbol."""

    def __init__(self, index: int, rule: StreamRule) -> None:
        self.index = index
        """The rule's index in the feed file."""
        self.rule = rule
        self.stats: Counter[str] = Counter()
        """Counts: `messages`, `records`; messages `without` a record, `unreadable`, `foreign` or `lost`; `late`
        records."""
        self.open_connections: dict[int, str] = {}
        """Serial number and address of each open connection."""
        self.failure: str | None = None
        """Why the last connection or request failed, for people; `None`: it did not fail."""
        self.last_record_us: int | None = None
        """When the last record came, Unix microseconds; `None`: the page has received none."""
        self._finder = RecordFinder(rule)
        # What was wrong with a message, and the newest such fault since the page was loaded.
        self._message_fault: _Fault | None = None
        self._newest_loss: _Fault | None = None
        self._is_withheld = False
        self._prices: dict[str, SourcedTexts] = {}
        self._request_numbers: dict[str, int] = {}
        self._columns = [
            (FIELD_NAMES.index(name), field.pick, rule.price_format(name)) for name, field in rule.fields.items()
        ]

    @property
    def symbols_seen(self) -> Iterable[str]:
        """The symbols in the records so far, at most `MAX_SYMBOLS`; their spelling is not checked."""
        return self._prices.keys()

    @property
    def skip_reason(self) -> str | None:
        """Why the last message without a record has none, for people; `None`: each message had one."""
        return self._finder.skip_reason

    @property
    def message_fault(self) -> str | None:
        """What was wrong with a message, for people; `None`: nothing. The status report clears it after use."""
        return None if self._message_fault is None else _told(self._message_fault)

    def clear_message_fault(self) -> None:
        """Forget what was wrong with a message."""
        self._message_fault = None

    @property
    def loss(self) -> str | None:
        """How many messages were not read, or not read whole, and the newest fault, for people; `None`: none."""
        if self._newest_loss is None:
            return None
        count = self.stats["unreadable"] + self.stats["lost"]
        return f"{count:,} of {self.stats['messages']:,} messages were not read whole; {_told(self._newest_loss)}"

    def connection_opened(self, connection: int, url: str) -> None:
        """Note that a connection is open."""
        self.open_connections[connection] = url
        self.failure = None

    def connection_closed(self, connection: int, us: int, failure: str | None = None) -> list[Reading]:
        """Forget the prices whose newest text came from this connection, since they may change unseen from now on.

        Returns what remains of the symbols concerned. The failure of a connection that never opened counts only
        while no other connection is open.
        """
        was_open = self.open_connections.pop(connection, None) is not None
        if was_open or (failure is not None and not self.open_connections):
            self.failure = failure
        return self._forget(us, lambda each: each == connection)

    def messages_lost(self, messages: int, us: int) -> list[Reading]:
        """Forget all prices, since any of them may have changed in a lost message. Returns the emptied readings."""
        self.stats["lost"] += messages
        self._message_fault = self._newest_loss = (
            f"{messages:,} messages were lost: they came faster than this machine can read them"
        )
        return self._forget(us, lambda _: True)

    def withhold_if_silent(self, now_us: int) -> list[Reading]:
        """Withhold all prices once the stream is silent for longer than `max_silence`, until the next record.

        Returns the empty readings that withdraw the prices: once for each silence, otherwise none.
        """
        if self._is_withheld or not self.is_silent(now_us):
            return []
        self._is_withheld = True
        return self.current_readings(now_us)

    def is_silent(self, now_us: int) -> bool:
        """Return whether the last record is older than `max_silence`."""
        if self.last_record_us is None or self.rule.max_silence_s is None:
            return False
        return now_us - self.last_record_us > self.rule.max_silence_s * 1e6

    def current_readings(self, us: int) -> list[Reading]:
        """Return one reading per symbol with its current prices, dated `us`. While withheld, all are empty."""
        return [self._reading(us, symbol, self._published(texts)) for symbol, texts in self._prices.items()]

    def reset(self) -> None:
        """Forget connections, prices and faults: the page has loaded another document. The counts stay."""
        self.open_connections.clear()
        self._is_withheld = False
        self._prices.clear()
        self._request_numbers.clear()
        self.failure = self._message_fault = self._newest_loss = None
        self.last_record_us = None
        self._finder.skip(None)

    def read(self, connection: int, data: str | bytes, us: int, request_number: int = 0) -> list[Reading]:
        """Return the readings of a message, record by record.

        `request_number` belongs to the request that the message answers; 0: the message is not a response. Responses
        can overtake each other: a record is skipped if a later request has already brought its symbol.
        """
        self.stats["messages"] += 1
        self.failure = None
        readings: list[Reading] = []
        try:
            for record in self._finder.records(data):
                readings.extend(self._read_record(connection, record, us, request_number))
        except UnreadableMessage as error:
            fault = error.without_traceback()
            self._finder.skip(fault)
            self.stats["foreign" if error.foreign else "unreadable"] += 1
            if not error.foreign:
                self._message_fault = self._newest_loss = fault
        else:
            if not readings:
                self.stats["without"] += 1
        if readings:
            self.stats["records"] += len(readings)
            self.last_record_us = us
        was_withheld = self._is_withheld
        self._is_withheld = was_withheld and not readings
        changed = [*readings, *self._left_out(connection, readings, us, request_number)]
        return [*self._unchanged(us, changed), *changed] if was_withheld and readings else changed

    def _unchanged(self, us: int, changed: list[Reading]) -> list[Reading]:
        """Return readings of all symbols that `changed` does not name."""
        named = {reading.symbol for reading in changed}
        return [reading for reading in self.current_readings(us) if reading.symbol not in named]

    def _left_out(self, connection: int, readings: list[Reading], us: int, request_number: int) -> list[Reading]:
        """Forget the symbols that a response names no longer: a response is a full list, not a change to a list."""
        if self.rule.kind is not StreamKind.JSON:
            return []
        named = {reading.symbol for reading in readings}
        left_out = self._forget(us, lambda each: each == connection, named)
        self._request_numbers.update(
            (reading.symbol, request_number) for reading in [*readings, *left_out] if reading.symbol in self._prices
        )
        return left_out

    def _forget(self, us: int, is_gone: Callable[[int], bool], but: Collection[str] = ()) -> list[Reading]:
        """Forget the prices whose connection `is_gone`, except of the symbols in `but`. Return what remains."""
        readings = []
        for symbol, texts in self._prices.items():
            if symbol not in but and any(each is not None and is_gone(each[0]) for each in texts):
                texts[:] = [None if each is None or is_gone(each[0]) else each for each in texts]
                readings.append(self._reading(us, symbol, self._published(texts)))
        return readings

    def _published(self, texts: SourcedTexts) -> SourcedTexts:
        return [None] * len(FIELD_NAMES) if self._is_withheld else texts

    def _read_record(self, connection: int, record: Any, us: int, request_number: int) -> Iterator[Reading]:
        symbol = self._finder.symbol(record)
        if symbol is None:
            return
        if request_number < self._request_numbers.get(symbol, 0):
            self.stats["late"] += 1
            return
        texts = self._prices.get(symbol) or [None] * len(FIELD_NAMES)
        has_price = False
        for column, pick, price_format in self._columns:
            text = price_text(pick, record, price_format)
            if text is not None:
                texts[column] = (connection, text)
                has_price = True
            elif self.rule.kind is StreamKind.JSON:
                # A record of a response is complete: a price that it leaves out does not exist any more.
                texts[column] = None
                has_price = True
        if not has_price:
            return
        # Beyond the limit a record is still read, but not remembered: a page may invent names without end.
        if len(self._prices) < MAX_SYMBOLS or symbol in self._prices:
            self._prices[symbol] = texts
        yield self._reading(us, symbol, texts)

    def _reading(self, us: int, symbol: str, texts: SourcedTexts) -> Reading:
        return Reading(us, self.index, symbol, tuple(None if each is None else each[1] for each in texts))


def _told(fault: _Fault) -> str:
    return f"unreadable message: {fault}" if isinstance(fault, UnreadableMessage) else fault
