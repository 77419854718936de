"""The handler of a page's events: turns readings into quotes, and heartbeats into the status of the page."""

import time
from collections.abc import Sequence

from tickql.feed.tracing.publish_tracer import page_message
from tickql.producer.capture.messages import Flush, Heartbeat, Reading
from tickql.producer.capture.observer_events import FrameGone, FrameMessage, ObserverEvent, PageMoved, ReadingsLost
from tickql.producer.capture.selector_errors import describe_selector_error
from tickql.producer.clock import now_us
from tickql.producer.errors import FeedFileError, PageFault, PageUnreachable
from tickql.producer.health.page_access import PageAccess
from tickql.producer.streams.events import (
    ConnectionClosed,
    ConnectionOpened,
    DocumentReplaced,
    MessageReceived,
    MessagesLost,
    StreamEvent,
)
from tickql.producer.streams.stream_set import STREAM_CONTEXT
from tickql.producer.tally import tallies
from tickql.producer.watch.acknowledger import Acknowledger
from tickql.producer.watch.feed_source import FeedSource
from tickql.producer.watch.keep_alive import KeepAlive

_ACKNOWLEDGED_READINGS = 5_000
"""Readings after which a message is acknowledged: half a megabyte, far below `Timings.waiting_bytes`."""


class MessageHandler:
    """Handles the events of one page, one after the other.

    No method waits, so the state of a page never changes in the middle of an event.
    """

    def __init__(self, source: FeedSource, acknowledger: Acknowledger, keep_alive: KeepAlive) -> None:
        self.has_message = False
        """Whether the page itself has sent something since the watcher last set this to `False`."""
        self.prices_since_s: float | None = None
        """Since when the page shows prices that may be published (monotonic seconds); `None`: it shows none."""
        self._source = source
        self._acknowledger = acknowledger
        self._keep_alive = keep_alive
        self._top_context: int | None = None
        self._has_loaded = False
        self._unacknowledged = 0

    def handle(self, event: ObserverEvent | StreamEvent) -> None:
        """Handle one event.

        Raises:
            PageFault: the page is no longer watched; says why.
            FeedFileError: the browser refuses a selector.
        """
        match event:
            case FrameMessage(context, Flush(readings, seq)):
                # On an overloaded machine the page's timers run late, and so do its heartbeats, but not its prices.
                self.has_message = self.has_message or context == self._top_context
                self._publish(context, readings)
                self._acknowledge_readings(context, seq, len(readings))
            case ReadingsLost(changes):
                self._source.quote_builder.add_merged(changes)
            case FrameMessage(context, Heartbeat() as heartbeat):
                self._handle_heartbeat(context, heartbeat)
            case FrameGone(context, is_hung):
                self._source.quote_builder.remove_frame(context)
                self._source.page_status.remove_frame(context, is_hung=is_hung)
            case PageMoved(url):
                access_before = self._source.page_status.access
                self._source.page_status.move(url)
                self._report_status(access_before)
            case PageFault():
                raise event
            case ConnectionOpened() | ConnectionClosed() | MessageReceived() | MessagesLost() | DocumentReplaced():
                self._publish(STREAM_CONTEXT, self._source.page_status.streams.handle(event, now_us()))
                if not isinstance(event, MessageReceived):
                    self._report_status(self._source.page_status.access)

    def _publish(self, context: int, readings: Sequence[Reading]) -> None:
        if self._source.page_status.access is None:
            page_message.arrived_us = now_us()
            for quote in self._source.quote_builder.build(context, readings, page_message.arrived_us):
                self._source.sink.publish(quote)

    def _acknowledge_readings(self, context: int, seq: int, count: int) -> None:
        # Heartbeats alone would be too few for a page that posts megabytes a second.
        self._unacknowledged += count
        if self._unacknowledged >= _ACKNOWLEDGED_READINGS:
            self._unacknowledged = 0
            self._acknowledger.acknowledge(context, seq)

    def _handle_heartbeat(self, context: int, heartbeat: Heartbeat) -> None:
        for selector, why in heartbeat.invalid:
            raise FeedFileError(describe_selector_error(self._source.feed, selector, why))
        if heartbeat.top and not self._is_of_site(heartbeat):
            return
        heartbeat = heartbeat._replace(places=self._source.quote_builder.symbol_texts.translate(heartbeat.places))
        tallies[self._source.feed.name].heartbeat_s = time.monotonic()
        status = self._source.page_status
        access_before = status.access
        status.add_heartbeat(context, heartbeat)
        self._acknowledger.acknowledge(context, heartbeat.seq)
        if heartbeat.top:
            self.has_message = self._has_loaded = True
            self._top_context = context
        self._keep_alive.update_dialogs(status.visible_dialogs)
        status.health.keep_alive_problem = self._keep_alive.problem
        status.health.dialog_problem = self._keep_alive.dialog_problem
        # The access is judged only below. These readings are empty, and an empty text changes no price: whatever the
        # access turns out to be, no tick comes of them.
        self._publish(STREAM_CONTEXT, status.streams.withhold_silent(now_us()))
        self._report_status(access_before)
        self._note_prices()
        if status.access is None:
            for quote in self._source.quote_builder.settle(now_us()):
                self._source.sink.publish(quote)

    def _report_status(self, access_before: PageAccess | None) -> None:
        """Report the status. `access_before`: the page's access before the event that may have changed it."""
        self._source.report_status()
        access = self._source.page_status.access
        if access_before is None and access is None:
            return
        # Readings that come while nothing is to be published are dropped: what is withheld may be out of date.
        self._source.quote_builder.drop_withheld()
        if access is None:
            self._acknowledger.request_all_readings()
            self._publish(STREAM_CONTEXT, self._source.page_status.streams.current_readings(now_us()))

    def _is_of_site(self, heartbeat: Heartbeat) -> bool:
        """Whether a heartbeat is the site's document, not the empty page before it or the browser's error page."""
        if heartbeat.href == "about:blank":
            return False
        if not heartbeat.href.startswith("chrome-error:"):
            return True
        # Before the first load such a heartbeat may still be that of the page's previous document.
        if self._has_loaded:
            raise PageUnreachable("the page went to an address that does not load")
        return False

    def _note_prices(self) -> None:
        if self._source.page_status.health.is_blank or self._source.page_status.access is not None:
            self.prices_since_s = None
        elif self.prices_since_s is None:
            self.prices_since_s = time.monotonic()
