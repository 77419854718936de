"""What one client may do. Pure."""

import math
from dataclasses import dataclass, replace
from enum import StrEnum

from tickql.api.access.symbol_patterns import EVERY_SYMBOL, SymbolPatterns


class Role(StrEnum):
    """What a client is."""

    READER = "reader"
    """Reads prices and the public state of the feed."""
    OPERATOR = "operator"
    """Runs tickql: also reads the metrics, sees the pages, and why something fails, in words that may quote them."""


@dataclass(frozen=True, slots=True)
class Grant:
    """The rights of one token. Equal grants have equal rights, so their holders may share work.

    `name`: the name of the token, for the log. `expires_s`: Unix seconds, `math.inf` for never. `token_id`: the token's
    id in the token file, `None` for every other token.
    """

    name: str
    role: Role
    symbols: SymbolPatterns
    expires_s: float = math.inf
    token_id: str | None = None
    is_exposed: bool = False
    """Whether everybody has this grant, also on other machines."""

    @property
    def may_see_pages(self) -> bool:
        """Whether the client may see the pages of the feed files: all that is on them, whatever its symbol."""
        return self.role is Role.OPERATOR and self.symbols.covers_all and not self.is_exposed


NOTHING = Grant("nobody", Role.READER, SymbolPatterns(frozenset()))
"""What a client may do before it has presented a token."""
UNRESTRICTED = Grant("anybody", Role.OPERATOR, EVERY_SYMBOL)
"""What every client may do while access control is off."""
EXPOSED = replace(UNRESTRICTED, is_exposed=True)
"""What every client may do while access control is off and other machines reach the server."""
