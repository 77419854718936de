"""Tickets: what a client puts into an address where it cannot send a header, as with a browser's `EventSource`.

Addresses end up in logs, so a long-lived token does not belong there. A client exchanges its token for a ticket, which
has the same rights, opens connections for `TICKET_S`, and is worthless afterwards. A connection that a ticket has
opened lasts as long as the token.
"""

import hashlib
import math
import time

import jwt

from tickql.api.access.grant import Grant, Role
from tickql.api.access.symbol_patterns import SymbolPatterns
from tickql.api.errors import Unauthenticated

TICKET_S = 30
_ALGORITHM = "HS256"


class TicketIssuer:
    """Issues and verifies tickets. Servers with equal secrets accept each other's tickets."""

    def __init__(self, secret: str) -> None:
        # The secret may be of any length.
        self._key = hashlib.sha256(b"tickql ticket:" + secret.encode()).digest()

    def issue(self, grant: Grant) -> str:
        """Return a ticket with the rights of a grant."""
        claims = {
            "exp": time.time() + TICKET_S,
            "name": grant.name,
            "role": grant.role.value,
            "symbols": sorted(grant.symbols.patterns),
            "ends": None if math.isinf(grant.expires_s) else grant.expires_s,
            "token": grant.token_id,
        }
        return jwt.encode(claims, self._key, _ALGORITHM)

    def verify(self, ticket: str) -> Grant:
        """Return the grant of a ticket.

        Raises:
            Unauthenticated: the ticket is none of ours, or has expired.
        """
        try:
            claims = jwt.decode(ticket, self._key, algorithms=[_ALGORITHM], options={"require": ["exp"]})
        except jwt.ExpiredSignatureError:
            raise Unauthenticated(f"the ticket has expired: it is valid for {TICKET_S} s") from None
        except jwt.PyJWTError:
            raise Unauthenticated("the ticket is not one of this server") from None
        ends = claims["ends"]
        return Grant(
            claims["name"],
            Role(claims["role"]),
            SymbolPatterns(frozenset(claims["symbols"])),
            math.inf if ends is None else ends,
            claims["token"],
        )
