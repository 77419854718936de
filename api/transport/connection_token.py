"""The token of one WebSocket: a newer one may replace it, and its end ends the connection."""

from collections.abc import Callable, Mapping

from starlette.websockets import WebSocket

from tickql.api.access.authenticator import Authenticator
from tickql.api.access.credentials import token_of_payload
from tickql.api.access.grant import Role
from tickql.api.access.sessions import Sessions
from tickql.api.errors import Unauthenticated
from tickql.api.permitted_feed import PermittedFeed


class ConnectionToken:
    """Watches the grant of a connection's feed, until `close`. `end` is called with the reason when it has ended."""

    def __init__(self, websocket: WebSocket, feed: PermittedFeed, end: Callable[[str], None]) -> None:
        self._feed = feed
        self._authenticator: Authenticator = websocket.state.authenticator
        self._sessions: Sessions = websocket.state.sessions
        self._session = self._sessions.open(feed.grant, end)

    async def renew(self, payload: Mapping[str, object]) -> None:
        """Replace the token by that of a message's payload, if it has one.

        Operations that run keep their symbols, so the new token must cover all that the one before does.

        Raises:
            Unauthenticated: it is not valid, or gives fewer rights.
            KeysAway: whether it is valid cannot be told at the moment.
        """
        token = token_of_payload(payload)
        if token is None:
            return
        grant, before = await self._authenticator.authenticate(token), self._feed.grant
        if not grant.symbols.includes(before.symbols) or (
            before.role is Role.OPERATOR and grant.role is not before.role
        ):
            raise Unauthenticated("the new token gives fewer rights: open a new connection with it")
        self._feed.grant = self._session.grant = grant

    def close(self) -> None:
        """Stop watching."""
        self._sessions.close(self._session)
