"""Where the keys that verify JWTs come from: a file, or an address. Both are read again when keys are rotated."""

import logging
import os
from pathlib import Path
from typing import Protocol

from tickql.api.access.verification_keys import Keys, parse_keys
from tickql.api.errors import KeysUnusable

logger = logging.getLogger("tickql.api")

_MAX_BYTES = 256 * 1024


class KeySource(Protocol):
    """Keys that may be rotated. As long as they stay the same, they are the same tuple."""

    @property
    def current(self) -> Keys | None:
        """The keys, if `keys` would return them for a known key id without reading. `None`: it would read them."""

    async def keys(self, key_id: str | None) -> Keys:
        """Return the keys, for a token that names the key `key_id`, or none.

        Raises:
            KeysAway: there has never been a usable key.
        """


class FileKeys:
    """The keys in a file. They are read again as soon as the file has changed.

    Raises:
        KeysUnusable: the file has no usable key now. Later, the keys before stay in use.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._version = self._file_version()
        self._keys = self._read()

    @property
    def current(self) -> Keys | None:
        """The keys, unless the file has changed."""
        return self._keys if self._file_version() == self._version else None

    async def keys(self, key_id: str | None) -> Keys:
        """Return the keys of the file."""
        version = self._file_version()
        if version != self._version:
            # Also if the file cannot be used: that is logged once.
            self._version = version
            try:
                self._keys = self._read()
            except KeysUnusable as error:
                logger.error("%s: the keys before stay in use", error)
        return self._keys

    def _file_version(self) -> object:
        try:
            status = os.stat(self._path)
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino

    def _read(self) -> Keys:
        try:
            with self._path.open() as file:
                return parse_keys(file.read(_MAX_BYTES))
        except OSError as error:
            raise KeysUnusable(f"the JWT keys {self._path} cannot be read: {error.strerror}") from error
        except ValueError as error:
            raise KeysUnusable(f"the JWT keys {self._path}: the file {error}") from error


def key_source(place: str) -> KeySource:
    """Return the source of a setting: a file's path, or an address that begins with `https://` or `http://`.

    Raises:
        KeysUnusable: the file has no usable key.
    """
    if place.startswith(("https://", "http://")):
        # Here, because only servers with such a setting need an HTTP client.
        from tickql.api.access.key_address import AddressKeys

        return AddressKeys(place)
    return FileKeys(Path(os.path.expanduser(place)))
