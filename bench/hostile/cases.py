"""What is tried against the server, by name."""

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from bench.hostile import connections, requests, sockets
from bench.hostile.client import Target

Attack = Callable[[Target, int], Coroutine[Any, Any, None]]
"""One attack; its number counts from 0."""


@dataclass(frozen=True, slots=True)
class Case:
    """An attack that is repeated `per_s` times a second. `needs_statuses`: a feed of many symbols that change state."""

    attack: Attack
    per_s: float = 1.0
    needs_statuses: bool = False

    @property
    def name(self) -> str:
        """The attack's name in tables and on the command line."""
        return self.attack.__name__.replace("_", "-")

    @property
    def title(self) -> str:
        """What the attack sends."""
        return (self.attack.__doc__ or "").strip().removesuffix(".")


_ALL = (
    Case(requests.many_symbols_times_aliases),
    Case(requests.a_page_times_aliases),
    Case(requests.the_dearest_page),
    Case(requests.a_thousand_dear_tokens),
    Case(requests.a_thousand_refused_tokens),
    Case(requests.a_board_of_aliases),
    Case(sockets.invented_symbols),
    Case(requests.an_endless_header),
    Case(requests.a_million_headers),
    Case(connections.halves),
    Case(sockets.pings),
    Case(sockets.unread_pongs),
    Case(sockets.empty_pieces),
    Case(sockets.small_messages),
    Case(requests.a_foreign_page, 10),
    Case(sockets.malformed_messages),
    Case(requests.malformed_bodies),
    Case(requests.broken_off_bodies),
    Case(sockets.long_aliases),
    Case(sockets.different_selections),
    Case(sockets.different_paces),
    Case(requests.a_long_accept, 10),
    Case(connections.a_byte_at_a_time),
    # The last one: Redis keeps its report, and every later server would look at 3,000 symbols twice a second.
    Case(sockets.many_statuses, needs_statuses=True),
)
CASES = {case.name: case for case in _ALL}
"""Every case by its name, about in the order of the findings."""
HELD: dict[str, Callable[[Target, int], Awaitable[None]]] = {
    "silent": connections.silent,
    "silent-websocket": connections.silent_sockets,
    **{
        name: (lambda target, count, name=name: connections.stuck(target, name, count))  # type: ignore[misc]
        for name in connections.STUCK
    },
}
"""Clients that hold a number of connections until they are ended."""
