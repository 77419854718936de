"""All `[[stream]]` rules of a feed file at work: what comes in, the readings it makes, and how well they are heard."""

from tickql.producer.capture.messages import Reading
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.stream_rules import StreamRule
from tickql.producer.streams.events import (
    ConnectionClosed,
    ConnectionOpened,
    ListenerRestarted,
    MessageReceived,
    MessagesLost,
    StreamEvent,
)
from tickql.producer.streams.reader import StreamReader

STREAM_CONTEXT = 0
"""What the readings of streams have in place of a frame: no frame has this number."""


class StreamSet:
    """Lives as long as the producer: pages come and go."""

    def __init__(self, feed: FeedFile) -> None:
        self.readers = [
            StreamReader(index, rule) for index, rule in enumerate(feed.rules) if isinstance(rule, StreamRule)
        ]
        self._by_index = {reader.index: reader for reader in self.readers}

    def take(self, item: StreamEvent, now_us: int) -> list[Reading]:
        """The readings that an item makes."""
        readings = self.hush(now_us)
        match item:
            case MessageReceived(reader, connection, data, us, asked):
                readings += reader.read(connection, data, us, asked)
            case ConnectionOpened(reader, connection, url):
                reader.opened(connection, url)
            case ConnectionClosed(reader, connection, failure):
                readings += reader.closed(connection, now_us, failure)
            case MessagesLost(messages):
                readings += [reading for reader in self.readers for reading in reader.lost(messages, now_us)]
            case ListenerRestarted():
                self.restart()
        return readings

    def restart(self) -> None:
        """The page is loaded anew."""
        for reader in self.readers:
            reader.restart()

    @property
    def heard(self) -> bool:
        """Whether any of the rules hears a connection, or has had a response."""
        return any(reader.open for reader in self.readers)

    @property
    def symbols(self) -> set[str]:
        """What records call their symbols, as far as it is remembered."""
        return {symbol for reader in self.readers for symbol in reader.symbols}

    def hush(self, now_us: int) -> list[Reading]:
        """What is to be told no more, for now, of rules that are silent for too long."""
        return [reading for reader in self.readers for reading in reader.hush(now_us)]

    def reader(self, rule: int) -> StreamReader:
        """The reader of the rule with this index in the feed file."""
        return self._by_index[rule]

    def complaints(self) -> list[tuple[int, str]]:
        """What was wrong with messages, by the rule's index."""
        return [(reader.index, reader.complaint) for reader in self.readers if reader.complaint is not None]

    def forgive(self) -> None:
        """The complaints have been passed on."""
        for reader in self.readers:
            reader.complaint = None

    def retold(self, now_us: int) -> list[Reading]:
        """All that is to be told of all symbols, as if it came now."""
        return [reading for reader in self.readers for reading in reader.retold(now_us)]
