"""A certificate authority that only the browser of one feed file trusts (`ca`).

Chromium has no option for it. `--ignore-certificate-errors-spki-list` looks like one, but it accepts any chain in which
a listed certificate appears, also one that it did not sign: anyone can put a public certificate into a chain. Policies
are for the whole machine. What is left is the database of certificates in the user's home folder, so the browser gets
a home folder of its own, and verifies as always.
"""

import asyncio
import os
import ssl
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tickql.producer.browser.nss_database import certificates
from tickql.producer.browser.temporary_folder import temporary_folder
from tickql.producer.errors import FeedFileError

_WRITE_S = 20.0
"""Deadline for writing the database, which takes some milliseconds."""
_homes: dict[tuple[Path, int], "TemporaryDirectory[str]"] = {}
"""The home folders made so far, by file and its time of change. They are removed when this process ends."""


def check_ca(path: Path) -> None:
    """Check that a file holds certificates, and that the browser of this system can be made to trust them.

    Raises:
        FeedFileError: says what is wrong.
    """
    if sys.platform != "linux":
        raise FeedFileError(f"ca {path}: only on Linux; here, add the certificate to those that the system trusts")
    try:
        ssl.create_default_context().load_verify_locations(cafile=path)
        # What OpenSSL accepts may be a list of revoked certificates only.
        if certificates(path.read_text(encoding="ascii", errors="replace")):
            return
    except OSError as error:
        if not isinstance(error, ssl.SSLError):
            raise FeedFileError(f"ca {path}: {(error.strerror or 'not readable').lower()}") from error
    raise FeedFileError(f"ca {path}: no certificate in PEM format (-----BEGIN CERTIFICATE-----)")


async def browser_environment(ca: Path | None) -> dict[str, str | float | bool] | None:
    """Return the environment of a browser that trusts a file of certificates; `None`: that of this process.

    Raises:
        FeedFileError: the file cannot be used.
    """
    if ca is None:
        return None
    key = _version(ca)
    if key not in _homes:
        home: TemporaryDirectory[str] = TemporaryDirectory(prefix="home-", dir=temporary_folder())
        await _write(_database_folder(home), ca)
        _homes[key] = home
    return {**os.environ, "HOME": _homes[key].name}


def _version(ca: Path) -> tuple[Path, int]:
    check_ca(ca)
    return ca.resolve(), ca.stat().st_mtime_ns


def _database_folder(home: "TemporaryDirectory[str]") -> Path:
    """Make the folder in which Chromium looks for the database."""
    folder = Path(home.name) / ".pki" / "nssdb"
    folder.mkdir(parents=True)
    return folder


async def _write(folder: Path, ca: Path) -> None:
    command = (sys.executable, "-m", "tickql.producer.browser.nss_database", str(folder), str(ca))
    process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    try:
        async with asyncio.timeout(_WRITE_S):
            _, said = await process.communicate()
    except TimeoutError:
        process.kill()
        raise FeedFileError(f"ca {ca}: writing it for the browser took more than {_WRITE_S:.0f} s") from None
    if process.returncode != 0:
        lines = said.decode(errors="replace").strip().splitlines() or ["no reason given"]
        raise FeedFileError(f"ca {ca}: the browser cannot be made to trust it: {lines[-1]}")
