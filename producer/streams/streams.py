"""All `[[stream]]` rules of a feed file at work: what comes in, the readings it makes, and how well they are heard."""

from producer.feedfile import FeedFile
from producer.messages import Reading
from producer.quoter import SymbolState
from producer.streams.items import Closed, Lost, Opened, Received, Restarted, StreamItem
from producer.streams.outlook import judge_stream, judge_stream_symbol
from producer.streams.reader import StreamReader
from producer.streams.rule import StreamRule
from producer.verdicts import Verdict

STREAM_CONTEXT = 0
"""What the readings of streams have in place of a frame: no frame has this number."""


class Streams:
    """Lives as long as the producer: pages come and go."""

    def __init__(self, feed: FeedFile) -> None:
        self.readers = [
            StreamReader(index, rule) for index, rule in enumerate(feed.rules) if isinstance(rule, StreamRule)
        ]
        self._by_index = {reader.index: reader for reader in self.readers}

    def take(self, item: StreamItem, now_us: int) -> list[Reading]:
        """The readings that an item makes."""
        readings = self.hush(now_us)
        match item:
            case Received(reader, connection, data, us, asked):
                readings += reader.read(connection, data, us, asked)
            case Opened(reader, connection, url):
                reader.opened(connection, url)
            case Closed(reader, connection, failure):
                readings += reader.closed(connection, now_us, failure)
            case Lost(messages):
                readings += [reading for reader in self.readers for reading in reader.lost(messages, now_us)]
            case Restarted():
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

    def troubles(self, now_us: int) -> dict[int, Verdict]:
        """What is wrong with rules as a whole, by their index."""
        verdicts = {reader.index: judge_stream(reader, now_us) for reader in self.readers}
        return {index: verdict for index, verdict in verdicts.items() if verdict is not None}

    def judge(self, rule: int, state: SymbolState | None) -> Verdict:
        """How well one symbol of a rule is known."""
        return judge_stream_symbol(self._by_index[rule], state)

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
