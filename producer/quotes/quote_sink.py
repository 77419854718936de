"""Where quotes and reports go: `tickql.feed.publisher.Publisher`, or whatever has its two methods."""

from typing import Protocol

from tickql.feed.status import ProducerReport
from tickql.feed.tick import Quote


class QuoteSink(Protocol):
    """Takes what the producer has to say. Neither method waits, blocks or fails."""

    def publish(self, quote: Quote) -> None:
        """Take the next quote of a symbol; no two in a row have the same prices."""

    def report(self, report: ProducerReport) -> None:
        """Take the newest word about the page and its symbols."""
