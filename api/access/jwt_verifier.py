"""Verifies JWTs (RFC 7519) that another system has issued."""

from typing import Any

import jwt

from tickql.api.access.grant import Grant, Role
from tickql.api.access.key_source import KeySource
from tickql.api.access.symbol_patterns import SymbolPatterns
from tickql.api.access.verification_keys import Keys
from tickql.api.errors import Unauthenticated

_LEEWAY_S = 60
"""How far the clocks of the issuer and of this machine may differ."""


class JwtVerifier:
    """Verifies tokens with the keys of a source.

    `issuer`, `audience`: what the claims `iss` and `aud` must be; `None`: `iss` is not looked at, and a token may have
    no `aud`. The claim `symbols_claim` has the symbols and patterns, as a list or as one text with commas or spaces.
    The claim `role_claim` has the role, by default `reader`.
    """

    def __init__(
        self, keys: KeySource, issuer: str | None, audience: str | None, symbols_claim: str, role_claim: str
    ) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._symbols_claim = symbols_claim
        self._role_claim = role_claim

    @property
    def keys(self) -> Keys | None:
        """The keys of now; `None`: the next token that is verified reads them again."""
        return self._keys.current

    async def verify(self, token: str) -> tuple[Grant, Keys]:
        """Return the grant of a token, and the keys of which one has verified it.

        Raises:
            Unauthenticated: the token is none of the issuer's, is not valid now, or names no symbols.
            KeysAway: there is no key to verify it with yet.
        """
        try:
            header = jwt.get_unverified_header(token)
        except (jwt.PyJWTError, ValueError):
            raise Unauthenticated("the token is neither one of this server nor a JWT") from None
        key_id = header.get("kid")
        key_id = key_id if isinstance(key_id, str) else None
        known = await self._keys.keys(key_id)
        keys = [
            key
            for key in known
            if (key_id is None or key.key_id in (key_id, None)) and header.get("alg") in key.algorithms
        ]
        fault = "it names a key or an algorithm that is not accepted"
        for key in keys:
            try:
                claims = jwt.decode(
                    token,
                    key.key,
                    algorithms=key.algorithms,
                    issuer=self._issuer,
                    audience=self._audience,
                    leeway=_LEEWAY_S,
                    options={"require": ["exp"]},
                )
            except jwt.PyJWTError as error:
                fault = _told(error)
            except (ValueError, TypeError, OverflowError, RecursionError):
                fault = "a claim of it is malformed"
            else:
                return self._grant(claims), known
        raise Unauthenticated(f"the token is not accepted: {fault}")

    def _grant(self, claims: dict[str, Any]) -> Grant:
        symbols, role = claims.get(self._symbols_claim), claims.get(self._role_claim, Role.READER.value)
        if isinstance(symbols, str):
            symbols = symbols.replace(",", " ").split()
        try:
            if not isinstance(symbols, list) or not all(isinstance(symbol, str) for symbol in symbols):
                raise ValueError("it names none")
            patterns = SymbolPatterns.parse(symbols)
        except ValueError as error:
            raise Unauthenticated(
                f"the claim {self._symbols_claim!r} of the token is no list of symbols: {error}"
            ) from None
        if role not in tuple(Role):
            raise Unauthenticated(f"the claim {self._role_claim!r} of the token is neither reader nor operator")
        # As long as `decode` accepts it.
        expires_s = float(claims["exp"]) + _LEEWAY_S
        return Grant(str(claims.get("sub", "JWT"))[:64], Role(role), patterns, expires_s)


_FAULTS: tuple[tuple[type[jwt.PyJWTError], str], ...] = (
    (jwt.ExpiredSignatureError, "it has expired"),
    (jwt.ImmatureSignatureError, "it is not valid yet"),
    (jwt.MissingRequiredClaimError, "it has no claim `exp`"),
    (jwt.InvalidAudienceError, "it is for another audience"),
    (jwt.InvalidIssuerError, "it is of another issuer"),
    (jwt.InvalidSignatureError, "its signature is wrong"),
)


def _told(error: jwt.PyJWTError) -> str:
    """Return what a client may read of a failure."""
    return next((text for kind, text in _FAULTS if isinstance(error, kind)), "it is malformed")
