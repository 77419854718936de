"""The history of a campaign: what was published, what consumers got, and which promises that breaks."""

from collections import Counter, defaultdict

from tests.relay.kills.target import Delivered
from tests.support.delivery_checker import DeliveryChecker
from tests.support.gap_rules import Allowed
from tests.support.journal import Journal, Received, content_of, number_of
from tests.support.waiting import Changes
from tickql.feed.codec import decode_tick
from tickql.feed.tick import Quote, Tick


class History:
    """Judges deliveries as they come. `repeats`: whether a tick may come again with the same id and body."""

    def __init__(self, *, repeats: bool) -> None:
        # Redis keeps every tick of a campaign, so nothing explains a gap.
        self._checker = DeliveryChecker(Allowed(reasons=frozenset(), epochs=1))
        self._journal = Journal(None, self._checker.take)
        self._repeats = repeats
        self._bodies: dict[str, bytes] = {}
        self._seen: set[str] = set()
        self.newest: dict[str, int] = defaultdict(int)
        """The number of the newest tick that came, by symbol."""
        self.published: Counter[str] = Counter()
        """How many were published, by symbol."""
        self.ticks = 0
        self.repeated = 0
        self.faults: list[str] = []
        self.changes = Changes()

    def publish(self, quote: Quote) -> None:
        self.published[quote.symbol] += 1
        self._journal.generated(quote)

    def take(self, delivered: Delivered) -> None:
        """Take in what a consumer got."""
        if not delivered.is_tick:
            self.faults.append(f"a gap that no fault explains: {delivered.body.decode()}")
        elif not self._is_repeat(delivered):
            self._receive(decode_tick(delivered.body), delivered)
        self.changes.notify()

    def store(self, stored: list[Tick]) -> None:
        """Take in what Redis has in the end: the bodies must be the same, byte for byte."""
        for tick in stored:
            body = self._bodies.get(str(tick.cursor))
            if body is not None and body != tick.message:
                self.faults.append(f"{tick.cursor} is {body!r}, and in Redis {tick.message!r}")
        self._journal.stored(stored)

    @property
    def is_complete(self) -> bool:
        """Whether the newest tick of each symbol came."""
        return all(self.newest[symbol] == count for symbol, count in self.published.items())

    def violations(self) -> list[str]:
        return [*self.faults, *self._checker.faults()]

    def _is_repeat(self, delivered: Delivered) -> bool:
        known = self._bodies.setdefault(delivered.id, delivered.body)
        if delivered.id not in self._seen:
            self._seen.add(delivered.id)
            return False
        self.repeated += 1
        if not self._repeats:
            self.faults.append(f"{delivered.id} came twice")
        if known != delivered.body:
            self.faults.append(f"{delivered.id} is {known!r} and {delivered.body!r}")
        return True

    def _receive(self, tick: Tick, delivered: Delivered) -> None:
        if str(tick.cursor) != delivered.id or tick.symbol != delivered.symbol:
            self.faults.append(f"{tick.cursor} came as {delivered.id} of {delivered.symbol}")
        self.ticks += 1
        first = tick.symbol not in self.newest
        if first and number_of(tick) != 1:
            self.faults.append(f"{tick.symbol} begins with tick {number_of(tick)}")
        self.newest[tick.symbol] = number_of(tick)
        self._journal.write_received(
            Received(
                reader="consumer",
                merging=False,
                symbol=tick.symbol,
                cursor=str(tick.cursor),
                number=number_of(tick),
                content=content_of(tick),
                fresh=first,
            )
        )
