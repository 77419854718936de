"""The feed as one client may see it: the only access to prices that resolvers have.

A symbol that the client's grant does not cover is refused when the client names it, whether the symbol exists or not.
Where the client names none, such symbols are left out. So a client learns nothing of them.
"""

import time
from collections.abc import AsyncGenerator, Sequence

from tickql.api.access.grant import Grant
from tickql.api.access.symbol_patterns import SymbolPatterns
from tickql.api.errors import BadUserInput, Forbidden, LimitExceeded, OperatorsOnly
from tickql.api.fanout.board import Board, BoardRequest
from tickql.api.fanout.delivery import Delivery, SubscriptionRequest, deliver
from tickql.api.fanout.status_channel import statuses
from tickql.api.fanout.status_states import StatusRequest
from tickql.api.limits.refusals import refusals
from tickql.api.limits.values import LIMITS
from tickql.feed.feed_files import FeedFileStatus, feed_file_statuses
from tickql.feed.follower import Follower
from tickql.feed.health import FeedStatus
from tickql.feed.page import Page
from tickql.feed.page_view import PageView
from tickql.feed.tick import Cursor, Event, Tick


class PermittedFeed:
    """The feed with the rights of `grant`, which may be replaced while the client is connected.

    Every method that takes a symbol raises `Forbidden` for one that the grant does not cover. Requests of subscribers
    raise `LimitExceeded` while all of them together name too many symbols that nobody publishes.
    """

    def __init__(self, follower: Follower, grant: Grant) -> None:
        self.grant = grant
        self.slices = follower.slices
        """In which long computations of the client run."""
        self._follower = follower

    @property
    def rights(self) -> SymbolPatterns:
        """The symbols that the client may see now."""
        return self.grant.symbols

    async def latest(self, symbol: str) -> Tick | None:
        """Return the newest tick of a symbol; `None`: it has none."""
        return await self._follower.latest(self._check(symbol))

    async def latest_of(self, symbols: Sequence[str] | None) -> list[Tick]:
        """Return the newest tick of each symbol that has one. `None`: of all symbols."""
        wanted = await self.symbols() if symbols is None else [self._check(symbol) for symbol in symbols]
        return [tick for tick in await self._follower.latest_of(wanted) if tick is not None]

    async def symbols(self) -> list[str]:
        """Return every symbol that ever had a tick, sorted; at most a second old."""
        symbols = await self._follower.symbols()
        covered = self.grant.symbols
        return symbols if covered.covers_all else [symbol for symbol in symbols if covered.covers(symbol)]

    async def history(
        self,
        symbol: str,
        *,
        first: int | None,
        last: int | None,
        after: Cursor | None,
        before: Cursor | None,
        from_us: int | None,
        to_us: int | None,
    ) -> Page:
        """Return a page of the stored ticks of a symbol, as `History.page` does."""
        return await self._follower.history.page(
            self._check(symbol), first=first, last=last, after=after, before=before, from_us=from_us, to_us=to_us
        )

    @property
    def known_symbol_count(self) -> int:
        """About how many symbols the client may see, without asking Redis."""
        symbols, covered = self._follower.known_symbols, self.grant.symbols
        return len(symbols) if covered.covers_all else sum(map(covered.covers, symbols))

    def status(self) -> FeedStatus:
        """Return the state of the feed, at most half a second old."""
        return self.status_request().status(self._follower)

    async def feed_files(self) -> list[FeedFileStatus]:
        """Return every feed file that a producer has reported lately, sorted by name.

        Raises:
            OperatorsOnly: the client may not see the pages.
        """
        self._check_operator()
        events = await self._follower.history.faults()
        return feed_file_statuses(self._follower.producer_reports, events, time.time_ns() // 1000)

    async def page_view(self, source: str) -> PageView:
        """Return what the producer of a feed file sees now.

        Raises:
            OperatorsOnly: the client may not see the pages.
            BadUserInput: no producer has reported such a feed file.
            tickql.feed.page_view.NotSeen: there is no view; says why.
        """
        self._check_operator()
        if all(report.source != source for report in self._follower.producer_reports):
            raise BadUserInput("feedFile", "no producer has reported a feed file of that name")
        return await self._follower.history.views.view(source)

    async def picture(self, source: str, view_id: str) -> bytes | None:
        """Return the picture of a view; `None`: it is a minute old, or there is a newer one.

        Raises:
            OperatorsOnly: the client may not see the pages.
        """
        self._check_operator()
        return await self._follower.history.views.picture(source, view_id)

    def ticks_request(
        self, symbol: str, after: Cursor | None, delivery: Delivery = Delivery.EVERY, max_hz: float | None = None
    ) -> SubscriptionRequest:
        """Return a request for the ticks of a symbol."""
        self._check_room([self._check(symbol)])
        return SubscriptionRequest(symbol, after, delivery, max_hz)

    def board_request(self, symbols: Sequence[str] | None, max_hz: float) -> BoardRequest:
        """Return a request for the newest ticks of many symbols. `None`: of all symbols."""
        wanted = None if symbols is None else tuple(self._check(symbol) for symbol in symbols)
        self._check_room(wanted or ())
        return BoardRequest(wanted, max_hz, {}, self.grant.symbols)

    def status_request(self) -> StatusRequest:
        """Return a request for the states of the feed."""
        return StatusRequest(self.grant.symbols)

    def ticks(self, request: SubscriptionRequest) -> AsyncGenerator[Event, None]:
        """Yield the events of a request that the fan-out engine cannot serve."""
        return deliver(self._follower, request)

    def board(self, request: BoardRequest) -> Board:
        """Return the board of a request that the fan-out engine cannot serve."""
        return Board(self._follower, request)

    def statuses(self, request: StatusRequest) -> AsyncGenerator[FeedStatus, None]:
        """Yield the states of a request that the fan-out engine cannot serve."""
        return statuses(self._follower, request)

    def _check_room(self, symbols: Sequence[str]) -> None:
        if not self._follower.may_follow(symbols, LIMITS.unpublished_symbols):
            refusals.refused("a subscription, because too many symbols that nobody publishes are named")
            raise LimitExceeded("unpublished_symbols", "too many symbols that nobody publishes are subscribed to")

    def _check_operator(self) -> None:
        if not self.grant.may_see_pages:
            raise OperatorsOnly

    def _check(self, symbol: str) -> str:
        if not self.grant.symbols.covers(symbol):
            raise Forbidden(symbol)
        return symbol
