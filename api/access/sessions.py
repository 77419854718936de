"""Connections and streams that end when their grant does."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tickql.api.access.authenticator import Authenticator
from tickql.api.access.grant import Grant

_CHECK_S = 1.0
"""How often grants are checked: a stream ends within 2 s of its token."""


class Session:
    """One connection or stream. `grant` may be replaced by a newer one while it is open."""

    __slots__ = ("end", "grant")

    def __init__(self, grant: Grant, end: Callable[[str], None]) -> None:
        self.grant = grant
        self.end = end


class Sessions:
    """The sessions of one process. While access control is off it holds none."""

    def __init__(self, authenticator: Authenticator) -> None:
        self._authenticator = authenticator
        self._sessions: set[Session] = set()

    def open(self, grant: Grant, end: Callable[[str], None]) -> Session:
        """Return a session. `end` is called once, with the reason, when its grant has ended. The caller closes it."""
        session = Session(grant, end)
        if self._authenticator.is_enabled:
            self._sessions.add(session)
        return session

    def close(self, session: Session) -> None:
        """Forget a session. May be called again."""
        self._sessions.discard(session)

    @contextmanager
    def session(self, grant: Grant, end: Callable[[str], None]) -> Iterator[Session]:
        """Open a session, and close it at the end of the block."""
        session = self.open(grant, end)
        try:
            yield session
        finally:
            self.close(session)

    async def run(self) -> None:
        """Take up changes of the token file and end sessions, until cancelled."""
        while self._authenticator.is_enabled:
            await asyncio.sleep(_CHECK_S)
            self._authenticator.refresh()
            self.end_invalid()

    def end_invalid(self) -> None:
        """End the sessions whose grant has ended."""
        faults: dict[Grant, str | None] = {}
        for session in tuple(self._sessions):
            grant = session.grant
            if grant not in faults:
                faults[grant] = self._authenticator.fault(grant)
            if (fault := faults[grant]) is not None:
                self._sessions.discard(session)
                session.end(fault)
