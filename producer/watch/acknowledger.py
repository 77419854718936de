"""The task that calls into the page: acknowledges heartbeats, requests readings again, probes a silent page."""

import asyncio
from typing import NoReturn

from tickql.producer.capture.observer_client import ObserverClient
from tickql.producer.health.page_status import PageStatus


class Acknowledger:
    """Sends what the event loop of a page watcher asks for, in a task of its own: a hung page makes these calls wait.

    Two tasks meet here. The watcher's task only changes the fields below and sets the event; it never awaits the page.
    The task of `run` takes all fields before its first `await`: whatever the watcher adds during a call is sent by the
    next round, and nothing is sent twice. Requests for one frame are merged: only its newest heartbeat is acknowledged.
    """

    def __init__(self, observer: ObserverClient, page_status: PageStatus) -> None:
        self._observer = observer
        self._page_status = page_status
        self._pending: dict[int, int] = {}
        self._resend = False
        self._probe = False
        self._dropped = 0
        self._requested = asyncio.Event()

    def acknowledge(self, context: int, seq: int) -> None:
        """Acknowledge a message of a frame, and all messages before it."""
        self._pending[context] = seq
        self._requested.set()

    def request_all_readings(self) -> None:
        """Have every frame send all its readings again, with the next acknowledgement."""
        self._resend = True
        self._requested.set()
        self._pending |= {context: newest.seq for context, newest in self._page_status.heartbeats.items()}

    def probe(self) -> None:
        """Test the line to the browser. A line that is cut becomes a `BrowserGone` among the observer's events."""
        self._probe = True
        self._requested.set()

    async def run(self) -> NoReturn:
        """Send until cancelled."""
        while True:
            await self._requested.wait()
            self._requested.clear()
            if self._probe:
                self._probe = False
                await self._observer.probe()
            # The client's queue was full and lost messages: readings among them are on the page only.
            if self._observer.dropped > self._dropped:
                self._dropped = self._observer.dropped
                self.request_all_readings()
            pending, self._pending = self._pending, {}
            resend, self._resend = self._resend, False
            for context, seq in pending.items():
                await self._observer.acknowledge_heartbeat(context, seq, again=resend)
