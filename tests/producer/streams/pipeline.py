"""A stream rule with its reader and quote builder, for messages that a test writes."""

from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.quotes.quote_builder import QuoteBuilder
from tickql.producer.streams.events import (
    ConnectionClosed,
    ConnectionOpened,
    DocumentReplaced,
    MessageReceived,
    MessagesLost,
)
from tickql.producer.streams.stream_set import STREAM_CONTEXT, StreamSet

Prices = tuple[str | None, str | None, str | None]
PLAIN = 'symbol = "s"\nask = "a"\nbid = "b"\nlast = "p"'


class Pipeline:
    """One `[[stream]]` rule with its reader and quote builder, without a page."""

    def __init__(self, rule: str, kind: str = "websocket") -> None:
        self.feed = FeedFile.parse(f'page.url = "http://localhost"\n[[stream]]\nfrom = "{kind}"\nurl = "*"\n{rule}')
        self.streams = StreamSet(self.feed)
        self.quote_builder = QuoteBuilder(self.feed)
        self.ticks: list[tuple[str, Prices]] = []
        (self.reader,) = self.streams.readers

    def receive(self, *messages: str | bytes, connection: int = 1, request_number: int = 0) -> "Pipeline":
        for message in messages:
            self._handle(MessageReceived(self.reader, connection, message, 1, request_number))
        return self

    def open(self, connection: int = 1) -> None:
        self._handle(ConnectionOpened(self.reader, connection, "wss://example.test"))

    def close(self, connection: int = 1, failure: str | None = None) -> None:
        self._handle(ConnectionClosed(self.reader, connection, failure))

    def _handle(
        self, event: ConnectionOpened | ConnectionClosed | MessageReceived | MessagesLost | DocumentReplaced
    ) -> None:
        for quote in self.quote_builder.build(STREAM_CONTEXT, self.streams.handle(event, 2), 2):
            self.ticks.append((quote.symbol, (quote.ask, quote.bid, quote.last)))

    def lose(self) -> None:
        self._handle(MessagesLost(5))

    def prices(self, symbol: str = "ES") -> list[Prices]:
        return [prices for name, prices in self.ticks if name == symbol]

    def complaint(self, field: str, symbol: str = "ES") -> str | None:
        return self.quote_builder.symbols[symbol].fields[field].problem  # type: ignore[index]
