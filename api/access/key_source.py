"""Where the keys that verify JWTs come from: a file, or an address. Both are read again when keys are rotated."""

import asyncio
import logging
import os
import time
import urllib.request
from collections.abc import Callable
from email.message import Message
from pathlib import Path
from typing import IO

from tickql.api.access.verification_keys import VerificationKey, parse_keys
from tickql.api.errors import KeysUnusable

logger = logging.getLogger("tickql.api")

Keys = tuple[VerificationKey, ...]

_FETCH_S = 3.0
"""Deadline for an answer: a client waits for it, and has 5 s for its `connection_init`."""
_FRESH_S = 300.0
"""How long fetched keys are used without a look whether they have changed."""
_RETRY_S = 10.0
"""The least time between two fetches. Tokens with invented key ids cause no more."""
_MAX_BYTES = 256 * 1024


class FileKeys:
    """The keys in a file. They are read again as soon as the file has changed.

    Raises:
        KeysUnusable: the file has no usable key now. Later, the keys before stay in use.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._keys: Keys = ()
        self._version: object = None
        self._read()

    async def keys(self, key_id: str | None) -> Keys:
        """Return the keys of the file."""
        try:
            self._read()
        except KeysUnusable as error:
            logger.error("%s: the keys before stay in use", error)
        return self._keys

    def _read(self) -> None:
        try:
            status = self._path.stat()
            version = (status.st_mtime_ns, status.st_size, status.st_ino)
            if version == self._version:
                return
            # Also if it is broken: it is reported once.
            self._version = version
            with self._path.open() as file:
                self._keys = parse_keys(file.read(_MAX_BYTES))
        except OSError as error:
            raise KeysUnusable(f"the JWT keys {self._path} cannot be read: {error.strerror}") from error
        except ValueError as error:
            raise KeysUnusable(f"the JWT keys {self._path}: the file {error}") from error


class AddressKeys:
    """The keys behind an address (a JWKS endpoint). They are fetched when they are needed, and kept.

    They are fetched again each `_FRESH_S`, and for a token that names an unknown key. While the address does not
    answer, the keys before stay in use.
    """

    def __init__(self, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._clock = clock
        self._keys: Keys = ()
        self._fetched_s = self._tried_s = float("-inf")
        self._fetching: asyncio.Task[None] | None = None

    async def keys(self, key_id: str | None) -> Keys:
        """Return the keys, fetched if need be.

        Raises:
            KeysUnusable: the address has never answered with a usable key.
        """
        now_s = self._clock()
        is_known = key_id is None or any(key.key_id in (key_id, None) for key in self._keys)
        is_due = not self._keys or not is_known or now_s - self._fetched_s > _FRESH_S
        if self._fetching is None and is_due and now_s - self._tried_s > _RETRY_S:
            self._tried_s = now_s
            self._fetching = asyncio.create_task(self._fetch(), name="JWT keys")
        # Keys that are merely old are used meanwhile. All that wait share one answer.
        if self._fetching is not None and (not self._keys or not is_known):
            await asyncio.shield(self._fetching)
        if not self._keys:
            raise KeysUnusable("the keys that verify JWTs cannot be fetched at the moment")
        return self._keys

    async def _fetch(self) -> None:
        try:
            self._keys = parse_keys(await asyncio.to_thread(_get, self._url))
            self._fetched_s = self._clock()
        except (OSError, ValueError) as error:
            logger.error("the JWT keys of %s cannot be used: %s", self._url, error)
        finally:
            self._fetching = None


KeySource = FileKeys | AddressKeys


def key_source(place: str) -> KeySource:
    """Return the source of a setting: a file's path, or an address that begins with `https://` or `http://`.

    Raises:
        KeysUnusable: the file has no usable key.
    """
    return (
        AddressKeys(place) if place.startswith(("https://", "http://")) else FileKeys(Path(os.path.expanduser(place)))
    )


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Keys come from the address that was set, and from no other."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> None:
        raise OSError(f"it redirects to {newurl[:200]!r}: set that address")


def _get(url: str) -> str:
    deadline_s = time.monotonic() + _FETCH_S
    opener = urllib.request.build_opener(_NoRedirects)
    with opener.open(urllib.request.Request(url, headers={"Accept": "application/json"}), timeout=_FETCH_S) as answer:
        text = b""
        # A server may send a byte each second: the timeout above is for each read.
        while part := answer.read1(_MAX_BYTES):
            text += part
            if len(text) > _MAX_BYTES or time.monotonic() > deadline_s:
                raise OSError("its answer is too large, or does not end in time")
    return text.decode()
