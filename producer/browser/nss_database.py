"""Writes certificates into a database of NSS, from which Chromium on Linux takes those that its user trusts.

Run as a program (`python -m tickql.producer.browser.nss_database FOLDER CA.pem`): NSS belongs to a whole process, and a
fault in it must not end the producer. The library is the one that Chromium itself needs.
"""

import ctypes
import re
import ssl
import sys
from pathlib import Path

# CERTDB_VALID_CA and CERTDB_TRUSTED_CA of certdb.h: for servers of TLS only, not for e-mail or code.
_TRUSTED_CA = 0x08 | 0x10
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


class _Item(ctypes.Structure):
    """`SECItem` of seccomon.h."""

    _fields_ = (("type", ctypes.c_int), ("data", ctypes.c_char_p), ("len", ctypes.c_uint))


class _Trust(ctypes.Structure):
    """`CERTCertTrust` of certt.h."""

    _fields_ = (("ssl", ctypes.c_uint), ("email", ctypes.c_uint), ("signing", ctypes.c_uint))


def certificates(pem: str) -> list[bytes]:
    """Return the certificates of a PEM text, as DER."""
    return [ssl.PEM_cert_to_DER_cert(each) for each in _PEM.findall(pem)]


def write_database(folder: Path, trusted: list[bytes]) -> None:
    """Make a database in a folder, with certificates (DER) that are trusted to sign those of servers.

    Raises:
        OSError: there is no NSS on this machine, or it refuses something.
    """
    nss = _library()
    _check(nss.NSS_InitReadWrite(f"sql:{folder}".encode()), "its database cannot be made")
    slot = ctypes.c_void_p(nss.PK11_GetInternalKeySlot())
    _check(nss.PK11_InitPin(slot, None, b""), "its database cannot be opened")
    database = ctypes.c_void_p(nss.CERT_GetDefaultCertDB())
    for number, der in enumerate(trusted):
        item = _Item(0, der, len(der))
        certificate = ctypes.c_void_p(nss.CERT_NewTempCertificate(database, ctypes.byref(item), None, 0, 1))
        _check(0 if certificate else -1, "a certificate cannot be read")
        _check(nss.PK11_ImportCert(slot, certificate, 0, f"tickql {number}".encode(), 0), "a certificate is refused")
        trust = _Trust(_TRUSTED_CA, 0, 0)
        _check(nss.CERT_ChangeCertTrust(database, certificate, ctypes.byref(trust)), "a certificate is not trusted")


def _library() -> ctypes.CDLL:
    nss = ctypes.CDLL("libnss3.so")
    for name in ("PK11_GetInternalKeySlot", "CERT_GetDefaultCertDB", "CERT_NewTempCertificate"):
        getattr(nss, name).restype = ctypes.c_void_p
    pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    nss.PK11_InitPin.argtypes = [pointer, text, text]
    nss.CERT_NewTempCertificate.argtypes = [pointer, ctypes.POINTER(_Item), text, number, number]
    nss.PK11_ImportCert.argtypes = [pointer, pointer, ctypes.c_ulong, text, number]
    nss.CERT_ChangeCertTrust.argtypes = [pointer, pointer, ctypes.POINTER(_Trust)]
    return nss


def _check(result: int, fault: str) -> None:
    if result != 0:
        raise OSError(f"NSS: {fault}")


def main() -> int:
    """Write a database for the command line's folder and file. Returns the exit code."""
    folder, ca = Path(sys.argv[1]), Path(sys.argv[2])
    try:
        write_database(folder, certificates(ca.read_text(encoding="ascii", errors="replace")))
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
