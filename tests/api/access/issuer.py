"""An issuer of JWTs in tests: its keys, in the forms in which a server reads them, and its tokens."""

import json
import time
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tickql.api.access.authenticator import Authenticator
from tickql.api.settings import ApiSettings

RSA = rsa.generate_private_key(65537, 2048)
OTHER_RSA = rsa.generate_private_key(65537, 2048)
EC = ec.generate_private_key(ec.SECP256R1())
EDWARDS = ed25519.Ed25519PrivateKey.generate()
SECRET = "a secret that is as long as a secret has to be"


def pem(key: Any) -> str:
    text: bytes = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return text.decode()


def jwks(**keys: Any) -> str:
    """Return a JWK set of RSA keys by their ids."""
    members = [
        json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())) | {"kid": kid} for kid, key in keys.items()
    ]
    return json.dumps({"keys": members})


def claims(**more: object) -> dict[str, object]:
    """Return the claims of a valid token, with some of them replaced. `None` leaves a claim out."""
    whole = {"exp": time.time() + 600, "sub": "ada", "symbols": ["ES", "FX:*"], **more}
    return {name: value for name, value in whole.items() if value is not None}


def signed(key: Any, algorithm: str, kid: str | None = None, **more: object) -> str:
    return jwt.encode(claims(**more), key, algorithm, headers={"kid": kid} if kid else None)


def authenticator(tmp_path: Path, keys: str, **settings: str) -> Authenticator:
    path = tmp_path / "keys"
    path.write_text(keys)
    return Authenticator(ApiSettings.model_validate({"jwt_keys": str(path), **settings}))
