"""The token file: names, rights and hashes of the tokens that an operator has issued.

A token is a random text that is shown once, when it is issued. The file holds its SHA-256 hash: a random text of 256
bits needs no slow hash. The file is JSON, is replaced as a whole by each change, and is its owner's only.
"""

import fcntl
import hashlib
import hmac
import math
import os
import re
import secrets
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from tickql.api.access.grant import Grant, Role
from tickql.api.access.symbol_patterns import SymbolPatterns
from tickql.api.errors import TokenFileUnusable

TOKEN = re.compile(r"tickql_([a-z0-9]{8})_([A-Za-z0-9_-]{43})", re.ASCII)
"""A token: its id, which is no secret, and 256 random bits."""
_ID_CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_SECRET_BYTES = 32
_MAX_FILE_BYTES = 16 * 1024 * 1024


class StoredToken(BaseModel):
    """One token of the file. Times are Unix seconds; `expires_s` is `None` for a token that never expires."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern="^[a-z0-9]{8}$")]
    name: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    symbols: tuple[str, ...]
    role: Role = Role.READER
    created_s: int
    expires_s: int | None = None

    @field_validator("symbols")
    @classmethod
    def _check_symbols(cls, symbols: tuple[str, ...]) -> tuple[str, ...]:
        SymbolPatterns.parse(symbols)
        return symbols

    @cached_property
    def grant(self) -> Grant:
        """The rights of the token."""
        expires_s = math.inf if self.expires_s is None else self.expires_s
        return Grant(self.name, self.role, SymbolPatterns.parse(self.symbols), expires_s, self.id)

    def is_hash_of(self, token: str) -> bool:
        """Whether `token` is this token."""
        return hmac.compare_digest(self.sha256, _hash(token))


class _Content(BaseModel):
    model_config = ConfigDict(extra="forbid")

    tokens: list[StoredToken]


class TokenFile:
    """The tokens in one file. Several processes may read and change it at the same time."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> dict[str, StoredToken]:
        """Return the tokens by id.

        Raises:
            TokenFileUnusable: the file is missing, broken, or not protected from other users.
        """
        try:
            with self.path.open("rb") as file:
                status = os.fstat(file.fileno())
                if not stat.S_ISREG(status.st_mode):
                    raise self._unusable("is no file")
                # The group may read it: mounted secrets belong to one.
                if status.st_mode & (stat.S_IRWXO | stat.S_IWGRP):
                    raise self._unusable(f"is open to other users: chmod 600 {self.path}")
                text = file.read(_MAX_FILE_BYTES)
            tokens = _Content.model_validate_json(text).tokens
        except FileNotFoundError:
            raise self._unusable("does not exist: `tickql token new` makes it") from None
        except IsADirectoryError:
            raise self._unusable("is a folder") from None
        except OSError as error:
            raise self._unusable(f"cannot be read: {error.strerror}") from error
        except ValidationError as error:
            fault = error.errors()[0]
            place = ".".join(map(str, fault["loc"])) or "the file"
            raise self._unusable(f"is broken: {place}: {fault['msg']}") from None
        return {token.id: token for token in tokens}

    def issue(
        self, name: str | None, symbols: SymbolPatterns, role: Role, expires_s: int | None
    ) -> tuple[str, StoredToken]:
        """Add a token. Returns its text, which is stored nowhere, and its entry. Makes the file if it is missing.

        `name`: `None` for the id. `expires_s`: Unix seconds, `None` for never.

        Raises:
            TokenFileUnusable: as for `read`, or the file cannot be written, or the name is taken.
        """
        token_id = "".join(secrets.choice(_ID_CHARACTERS) for _ in range(8))
        token = f"tickql_{token_id}_{secrets.token_urlsafe(_SECRET_BYTES)}"
        entry = StoredToken(
            id=token_id,
            name=name or token_id,
            sha256=_hash(token),
            symbols=tuple(sorted(symbols.patterns)),
            role=role,
            created_s=int(time.time()),
            expires_s=expires_s,
        )
        with self._changing() as tokens:
            if any(other.name == entry.name for other in tokens.values()):
                raise self._unusable(f"has a token {entry.name!r}: revoke it, or choose another name")
            tokens[token_id] = entry
        return token, entry

    def revoke(self, name_or_id: str) -> StoredToken | None:
        """Remove a token. Returns its entry; `None`: there is no such token."""
        with self._changing() as tokens:
            found = next((each for each in tokens.values() if name_or_id in (each.name, each.id)), None)
            if found is not None:
                del tokens[found.id]
        return found

    @contextmanager
    def _changing(self) -> Iterator[dict[str, StoredToken]]:
        """Read the tokens, and write them at the end. One process at a time does so."""
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self.path.with_name(f".{self.path.name}.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                tokens = self.read() if self.path.exists() else {}
                yield tokens
                self._write(tokens)
        except OSError as error:
            raise self._unusable(f"cannot be written: {error.strerror}") from error

    def _write(self, tokens: dict[str, StoredToken]) -> None:
        text = _Content(tokens=list(tokens.values())).model_dump_json(indent=2)
        # A reader never sees half of it: the new file takes the old one's place whole.
        with tempfile.NamedTemporaryFile("w", dir=self.path.parent, prefix=".tokens-", delete=False) as file:
            try:
                file.write(text + "\n")
                file.flush()
                os.fsync(file.fileno())
                os.replace(file.name, self.path)
            except BaseException:
                os.unlink(file.name)
                raise

    def _unusable(self, why: str) -> TokenFileUnusable:
        return TokenFileUnusable(f"the token file {self.path} {why}")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
