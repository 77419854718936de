"""JWTs of another system: which are accepted."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest

from tests.api.access.issuer import EC, EDWARDS, OTHER_RSA, RSA, SECRET, authenticator, claims, jwks, pem, signed
from tickql.api.access.grant import Role
from tickql.api.errors import Unauthenticated


@pytest.mark.parametrize(
    ("keys", "key", "algorithm"),
    [
        pytest.param(pem(RSA), RSA, "RS256", id="rsa"),
        pytest.param(pem(RSA), RSA, "PS512", id="rsa-pss"),
        pytest.param(pem(EC), EC, "ES256", id="ec"),
        pytest.param(pem(EDWARDS), EDWARDS, "EdDSA", id="ed25519"),
        pytest.param(SECRET, SECRET, "HS256", id="secret"),
        pytest.param(jwks(a=OTHER_RSA, b=RSA), RSA, "RS256", id="jwks"),
    ],
)
async def test_a_signed_token_is_accepted(tmp_path: Path, keys: str, key: Any, algorithm: str) -> None:
    own = authenticator(tmp_path, keys)
    grant = await own.authenticate(signed(key, algorithm))
    assert (grant.name, grant.role, str(grant.symbols)) == ("ada", Role.READER, "ES,FX:*")
    operator = await own.authenticate(signed(key, algorithm, symbols="ES,  NQ", role="operator"))
    assert (operator.role, str(operator.symbols)) == (Role.OPERATOR, "ES,NQ")


def unsigned() -> str:
    return jwt.encode(claims(), "", "none")


def with_the_public_key_as_secret() -> str:
    # What RFC 8725, 2.1, warns of. The library itself refuses to sign like that.
    def part(value: bytes) -> str:
        return base64.urlsafe_b64encode(value).rstrip(b"=").decode()

    header = json.dumps({"alg": "HS256", "typ": "JWT"})
    text = f"{part(header.encode())}.{part(json.dumps(claims()).encode())}"
    return f"{text}.{part(hmac.digest(pem(RSA).encode(), text.encode(), hashlib.sha256))}"


@pytest.mark.parametrize(
    ("token", "why"),
    [
        pytest.param(unsigned, "algorithm that is not accepted", id="none"),
        pytest.param(with_the_public_key_as_secret, "algorithm that is not accepted", id="key-as-secret"),
        pytest.param(lambda: signed(SECRET, "HS256"), "algorithm that is not accepted", id="hmac"),
        pytest.param(lambda: signed(OTHER_RSA, "RS256"), "its signature is wrong", id="forged"),
        pytest.param(lambda: signed(RSA, "RS256", exp=time.time() - 120), "it has expired", id="expired"),
        pytest.param(lambda: signed(RSA, "RS256", nbf=time.time() + 120), "it is not valid yet", id="early"),
        pytest.param(lambda: signed(RSA, "RS256", exp=None), "it has no claim `exp`", id="endless"),
        pytest.param(lambda: signed(RSA, "RS256", aud="other"), "it is for another audience", id="audience"),
        pytest.param(lambda: signed(RSA, "RS256", symbols=None), "no list of symbols: it names none", id="no-symbols"),
        pytest.param(lambda: signed(RSA, "RS256", symbols=[1]), "no list of symbols", id="numbers"),
        pytest.param(lambda: signed(RSA, "RS256", symbols=["E S"]), "no list of symbols", id="malformed-symbols"),
        pytest.param(lambda: signed(RSA, "RS256", symbols=[]), "no list of symbols", id="empty-symbols"),
        pytest.param(lambda: signed(RSA, "RS256", role="root"), "neither reader nor operator", id="role"),
        pytest.param(lambda: signed(RSA, "RS256", role=[]), "neither reader nor operator", id="role-list"),
        pytest.param(lambda: signed(RSA, "RS256")[:-3], "its signature is wrong|neither one of this server", id="cut"),
        pytest.param(lambda: "a.b.c", "neither one of this server nor a JWT", id="garbage"),
        pytest.param(lambda: "x", "neither one of this server nor a JWT", id="no-jwt"),
        pytest.param(lambda: signed(RSA, "RS256", sub="x" * 9000), "the token is too long", id="huge"),
    ],
)
async def test_any_other_token_is_refused(tmp_path: Path, token: Callable[[], str], why: str) -> None:
    with pytest.raises(Unauthenticated, match=why):
        await authenticator(tmp_path, pem(RSA)).authenticate(token())


async def test_clocks_may_differ_by_a_minute(tmp_path: Path) -> None:
    own = authenticator(tmp_path, pem(RSA))
    assert await own.authenticate(signed(RSA, "RS256", exp=time.time() - 50))
    assert await own.authenticate(signed(RSA, "RS256", nbf=time.time() + 50, iat=time.time() + 50))


async def test_issuer_and_audience_must_be_those_of_the_settings(tmp_path: Path) -> None:
    own = authenticator(tmp_path, pem(RSA), jwt_issuer="https://id.example", jwt_audience="prices")
    assert await own.authenticate(signed(RSA, "RS256", iss="https://id.example", aud=["prices", "other"]))
    for wrong in ({"iss": "https://evil.example", "aud": "prices"}, {"iss": "https://id.example"}, {"aud": "prices"}):
        with pytest.raises(Unauthenticated):
            await own.authenticate(signed(RSA, "RS256", **wrong))


@pytest.mark.parametrize("token", ["\ud800", "a.\ud800.c", "é" * 100])
async def test_a_token_that_is_no_ascii_is_refused(tmp_path: Path, token: str) -> None:
    with pytest.raises(Unauthenticated):
        await authenticator(tmp_path, pem(RSA)).authenticate(token)
