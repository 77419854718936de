"""Tokens that were verified before. A token that comes with each request is verified once."""

import hashlib

from tickql.api.access.grant import Grant

_MAX_TOKENS = 8192
"""As many as most servers have clients. A token that is not among them is verified again."""


class VerifiedTokens:
    """The grants of tokens, by the hashes of the tokens: no token stays in memory for longer than it is needed.

    Each grant has its *basis*: the tokens of the token file, or the keys that verified the token, as one object. When
    they have been read again, they are another object, and the token must be verified again.
    """

    def __init__(self) -> None:
        self._grants: dict[bytes, tuple[Grant, object]] = {}

    def find(self, token: str) -> tuple[Grant, object] | None:
        """Return the grant of a token, and its basis; `None`: it was not verified. It may have expired since."""
        return self._grants.get(_hash(token))

    def add(self, token: str, grant: Grant, basis: object) -> Grant:
        """Keep the grant of a token, and return it. The oldest of too many goes."""
        self._grants[_hash(token)] = (grant, basis)
        if len(self._grants) > _MAX_TOKENS:
            del self._grants[next(iter(self._grants))]
        return grant


def _hash(token: str) -> bytes:
    # The text may come from JSON, which can hold surrogates.
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()
