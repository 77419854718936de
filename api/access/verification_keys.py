"""Keys that verify JWTs, read from a text: a JWK or JWK set, a public key or certificate in PEM, or a shared secret.

The algorithms of a key follow from its type and never from a token: a token that names another one, or `none`, is
refused (RFC 8725, 3.1).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from cryptography.x509 import load_pem_x509_certificate

_HMAC = ("HS256", "HS384", "HS512")
_RSA = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
_CURVES = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}
_MIN_SECRET_BYTES = 32
"""RFC 7518, 3.2: a secret for HS256 has at least as many bits as its hash."""
_MIN_RSA_BITS = 2048


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """One key. `key_id`: the `kid` of the tokens that it verifies; `None`: any."""

    key: Any
    algorithms: tuple[str, ...]
    key_id: str | None = None


Keys = tuple[VerificationKey, ...]


def parse_keys(text: str) -> Keys:
    """Return the keys of a text. Keys of a set that are for another use or of an unknown type are left out.

    Raises:
        ValueError: there is no usable key.
    """
    stripped = text.strip()
    if stripped.startswith("{"):
        return _parse_jwks(stripped)
    if stripped.startswith("-----BEGIN"):
        key = _parse_pem(stripped.encode())
    elif len(stripped.encode()) >= _MIN_SECRET_BYTES:
        key = VerificationKey(stripped.encode(), _HMAC)
    else:
        raise ValueError(f"is no JWK set, no PEM, and shorter than the {_MIN_SECRET_BYTES} bytes of a secret")
    return (_checked(key),)


def _parse_jwks(text: str) -> Keys:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"is no JSON: {error}") from None
    members: Sequence[Any] = content.get("keys", [content])
    keys = []
    for member in members if isinstance(members, list) else ():
        if not isinstance(member, dict) or member.get("use", "sig") != "sig":
            continue
        try:
            jwk = jwt.PyJWK(member)
            key_id = member.get("kid")
            keys.append(
                _checked(VerificationKey(jwk.key, _algorithms_of(jwk), key_id if isinstance(key_id, str) else None))
            )
        except (jwt.PyJWTError, ValueError):
            # A provider may add keys of a type that we do not know to the set.
            continue
    if not keys:
        raise ValueError("has no usable key")
    return tuple(keys)


def _algorithms_of(jwk: jwt.PyJWK) -> tuple[str, ...]:
    return _HMAC if jwk.key_type == "oct" else _public_algorithms(jwk.key)


def _parse_pem(text: bytes) -> VerificationKey:
    try:
        if b"BEGIN CERTIFICATE" in text:
            key: Any = load_pem_x509_certificate(text).public_key()
        else:
            key = load_pem_public_key(text)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError(f"is no public key or certificate: {error}") from None
    return VerificationKey(key, _public_algorithms(key))


def _public_algorithms(key: Any) -> tuple[str, ...]:
    if isinstance(key, RSAPublicKey):
        return _RSA
    if isinstance(key, EllipticCurvePublicKey) and key.curve.name in _CURVES:
        return (_CURVES[key.curve.name],)
    if isinstance(key, Ed25519PublicKey | Ed448PublicKey):
        return ("EdDSA",)
    # Also private keys: they do not belong on a server that verifies.
    raise ValueError("is of a type that signs no JWT here: RSA, EC P-256 to P-521, or Ed25519 and Ed448 public keys")


def _checked(key: VerificationKey) -> VerificationKey:
    if isinstance(key.key, bytes) and len(key.key) < _MIN_SECRET_BYTES:
        raise ValueError(f"is a secret of less than {_MIN_SECRET_BYTES} bytes")
    if isinstance(key.key, RSAPublicKey) and key.key.key_size < _MIN_RSA_BITS:
        raise ValueError(f"is an RSA key of less than {_MIN_RSA_BITS} bits")
    return key
