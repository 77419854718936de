"""All `[[stream]]` rules of a feed file at work: from stream events to readings, and the state of each rule."""

from tickql.producer.capture.messages import Reading
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.stream_rules import StreamRule
from tickql.producer.streams.events import (
    ConnectionClosed,
    ConnectionOpened,
    DocumentReplaced,
    MessageReceived,
    MessagesLost,
    StreamEvent,
)
from tickql.producer.streams.reader import StreamReader

STREAM_CONTEXT = 0
"""The frame number in the readings of streams. No real frame has this number."""


class StreamSet:
    """One reader per `[[stream]]` rule. It lives as long as the producer and outlives each page."""

    def __init__(self, feed: FeedFile) -> None:
        self.readers = [
            StreamReader(index, rule) for index, rule in enumerate(feed.rules) if isinstance(rule, StreamRule)
        ]
        self._by_index = {reader.index: reader for reader in self.readers}

    def handle(self, event: StreamEvent, now_us: int) -> list[Reading]:
        """Apply an event and return the readings that follow from it.

        Prices of silent rules are withheld first: a message that ends a silence must not hide that there was one.
        """
        readings = self.withhold_silent(now_us)
        match event:
            case MessageReceived(reader, connection, data, us, request_number):
                readings += reader.read(connection, data, us, request_number)
            case ConnectionOpened(reader, connection, url):
                reader.connection_opened(connection, url)
            case ConnectionClosed(reader, connection, failure):
                readings += reader.connection_closed(connection, now_us, failure)
            case MessagesLost(messages):
                readings += [reading for reader in self.readers for reading in reader.messages_lost(messages, now_us)]
            case DocumentReplaced():
                self.reset()
        return readings

    def reset(self) -> None:
        """Forget connections, prices and faults of all rules: the page has loaded another document."""
        for reader in self.readers:
            reader.reset()

    @property
    def is_connected(self) -> bool:
        """Whether any rule has an open connection, or has had a response."""
        return any(reader.open_connections for reader in self.readers)

    @property
    def symbols_seen(self) -> set[str]:
        """The symbols in the records so far; their spelling is not checked."""
        return {symbol for reader in self.readers for symbol in reader.symbols_seen}

    def withhold_silent(self, now_us: int) -> list[Reading]:
        """Return the empty readings that withdraw the prices of rules that have just become silent."""
        return [reading for reader in self.readers for reading in reader.withhold_if_silent(now_us)]

    def reader(self, rule: int) -> StreamReader:
        """Return the reader of the rule with this index in the feed file."""
        return self._by_index[rule]

    def message_faults(self) -> list[tuple[int, str]]:
        """Return what was wrong with messages since the last report: the rule's index, and a text for people."""
        return [(reader.index, reader.message_fault) for reader in self.readers if reader.message_fault is not None]

    def losses(self) -> list[tuple[int, str]]:
        """Return, for each rule with messages that were not read since the page was loaded, its index and a text."""
        return [(reader.index, reader.loss) for reader in self.readers if reader.loss is not None]

    def clear_message_faults(self) -> None:
        """Forget the message faults: they have been reported."""
        for reader in self.readers:
            reader.clear_message_fault()

    def current_readings(self, now_us: int) -> list[Reading]:
        """Return one reading per rule and symbol with the current prices, as if they came now."""
        return [reading for reader in self.readers for reading in reader.current_readings(now_us)]
