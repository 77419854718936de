"""Turns the token that a client presents into a grant, and tells when a grant has ended."""

import logging
import os
import time

from tickql.api.access.grant import EXPOSED, UNRESTRICTED, Grant
from tickql.api.access.jwt_verifier import JwtVerifier
from tickql.api.access.key_source import key_source
from tickql.api.access.ticket import TicketIssuer
from tickql.api.access.token_file import TOKEN, StoredToken, TokenFile
from tickql.api.access.verified_tokens import VerifiedTokens
from tickql.api.errors import TokenFileUnusable, Unauthenticated
from tickql.api.settings import ApiSettings

logger = logging.getLogger("tickql.api")

_MAX_TOKEN_CHARACTERS = 8192
"""A longer token is not looked at. JWTs have some hundred characters, and a header at most 16 KiB."""


class Authenticator:
    """Knows the tokens of the token file and the keys of JWTs. Changes of both are taken up while it runs.

    `is_enabled` is `False` if neither is set: then nobody needs a token, and everybody has every right.

    Raises:
        TokenFileUnusable: the token file cannot be read.
        KeysUnusable: the file with the JWT keys cannot be read.
    """

    def __init__(self, settings: ApiSettings) -> None:
        self._file = None if settings.token_file is None else TokenFile(settings.token_file)
        self._tokens: dict[str, StoredToken] = {}
        self._version: object = None
        if self._file is not None:
            self._version = self._file_version()
            self._tokens = self._file.read()
        self._jwt: JwtVerifier | None = None
        if settings.jwt_keys is not None:
            self._jwt = JwtVerifier(
                key_source(settings.jwt_keys),
                settings.jwt_issuer,
                settings.jwt_audience,
                settings.jwt_symbols_claim,
                settings.jwt_role_claim,
            )
        self._verified = VerifiedTokens()
        self._tickets = TicketIssuer(settings.ticket_secret.get_secret_value())
        self.is_enabled = self._file is not None or self._jwt is not None
        self._anybody = UNRESTRICTED if settings.is_loopback else EXPOSED

    async def authenticate(self, token: str | None) -> Grant:
        """Return the grant of a token. `None`: the client has none.

        Raises:
            Unauthenticated: the token is missing, malformed, unknown, or has ended.
            KeysAway: it is a JWT, and the keys that verify it have never been fetched.
        """
        grant = self.recognize(token)
        if grant is not None:
            return grant
        assert self._jwt is not None
        assert token is not None
        grant, keys = await self._jwt.verify(token)
        return self._verified.add(token, self._valid(grant), keys)

    def recognize(self, token: str | None) -> Grant | None:
        """Return the grant of a token without verifying a signature. `None`: that takes `authenticate`.

        It recognizes the tokens of the token file, and JWTs that were verified before with the keys of now.

        Raises:
            Unauthenticated: as for `authenticate`.
        """
        if not self.is_enabled:
            return self._anybody
        if token is None:
            raise Unauthenticated("this server needs a token")
        if len(token) > _MAX_TOKEN_CHARACTERS:
            raise Unauthenticated("the token is too long")
        if (known := self._verified.find(token)) is not None:
            grant, basis = known
            if basis is self._basis(grant):
                if grant.expires_s <= time.time():
                    raise Unauthenticated("the token has expired")
                return grant
        if (parts := TOKEN.fullmatch(token)) is not None:
            stored = self._tokens.get(parts[1])
            if stored is None or not stored.is_hash_of(token):
                raise Unauthenticated("the token is unknown, or was revoked")
            return self._verified.add(token, self._valid(stored.grant), self._tokens)
        if self._jwt is None:
            raise Unauthenticated("the token is not one of this server")
        return None

    def accept_ticket(self, ticket: str) -> Grant:
        """Return the grant of a ticket.

        Raises:
            Unauthenticated: the ticket, or the token that it was issued for, is not valid.
        """
        return self._valid(self._tickets.verify(ticket)) if self.is_enabled else self._anybody

    def issue_ticket(self, grant: Grant) -> str:
        """Return a ticket with the rights of a grant."""
        return self._tickets.issue(grant)

    def fault(self, grant: Grant) -> str | None:
        """Return why a grant has ended; `None`: it has not."""
        if grant.expires_s <= time.time():
            return "the token has expired"
        if grant.token_id is not None:
            stored = self._tokens.get(grant.token_id)
            # An entry may have been edited by hand: whoever it serves has to present the token again.
            if stored is None or stored.grant != grant:
                return "the token was revoked"
        return None

    def refresh(self) -> None:
        """Take up changes of the token file. If it cannot be read, this is logged, and the tokens before stay valid."""
        if self._file is None:
            return
        version = self._file_version()
        if version == self._version:
            return
        self._version = version
        try:
            self._tokens = self._file.read()
        except TokenFileUnusable as error:
            logger.error("%s: the tokens before stay valid", error)
        else:
            logger.info("%d tokens read from %s", len(self._tokens), self._file.path)

    def _basis(self, grant: Grant) -> object:
        """Return what a grant rests on: as long as that is the same object, it holds until it expires."""
        if grant.token_id is not None:
            return self._tokens
        return None if self._jwt is None else self._jwt.keys

    def _valid(self, grant: Grant) -> Grant:
        fault = self.fault(grant)
        if fault is not None:
            raise Unauthenticated(fault)
        return grant

    def _file_version(self) -> object:
        assert self._file is not None
        try:
            status = os.stat(self._file.path)
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino, status.st_mode
