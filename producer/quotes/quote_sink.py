"""The receiver of quotes and reports: `tickql.feed.publisher.Publisher`, or any object with its two methods."""

from typing import Protocol

from tickql.feed.status import ProducerReport
from tickql.feed.tick import Quote


class QuoteSink(Protocol):
    """Receives everything that the producer publishes. Neither method waits, blocks or fails."""

    def publish(self, quote: Quote) -> None:
        """Publish the next quote of a symbol. No two in a row have the same prices."""

    def report(self, report: ProducerReport) -> None:
        """Publish the newest status of the page and its symbols."""
