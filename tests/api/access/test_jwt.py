"""JWTs of another system: which are accepted, and where the keys that verify them come from."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from starlette.responses import RedirectResponse
from starlette.routing import Route

from tests.support.site import Answer, Site
from tests.support.waiting import DEADLINE_S, until
from tickql.api.access.authenticator import Authenticator
from tickql.api.access.grant import Role
from tickql.api.access.key_address import AddressKeys
from tickql.api.errors import KeysUnusable, Unauthenticated
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


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ("", "shorter than the 32 bytes"),
        ("short", "shorter than the 32 bytes"),
        ("{", "is no JSON"),
        ('{"keys": []}', "has no usable key"),
        ('{"keys": [{"kty": "oct", "k": "YQ"}]}', "has no usable key"),
        ("-----BEGIN PUBLIC KEY-----\nx\n-----END PUBLIC KEY-----", "is no public key"),
    ],
)
def test_a_server_does_not_start_without_a_usable_key(tmp_path: Path, keys: str, why: str) -> None:
    with pytest.raises(KeysUnusable, match=why):
        authenticator(tmp_path, keys)


async def test_rotated_keys_of_a_file_are_taken_up(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    own = authenticator(tmp_path, pem(RSA))
    path = tmp_path / "keys"
    path.write_text("broken")
    for _ in range(3):
        assert await own.authenticate(signed(RSA, "RS256"))
    assert caplog.text.count("the keys before stay in use") == 1
    path.write_text(pem(OTHER_RSA))
    assert await own.authenticate(signed(OTHER_RSA, "RS256"))
    with pytest.raises(Unauthenticated):
        await own.authenticate(signed(RSA, "RS256"))


class Clock:
    """A clock that a test sets."""

    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with Site(Route("/moved", lambda _: RedirectResponse("/jwks"))) as site:
        yield site


def put(site: Site, **keys: Any) -> str:
    """Put a JWK set on a site. Returns its address."""
    site.pages["/jwks"] = Answer(jwks(**keys), kind="application/json")
    return f"http://127.0.0.1:{site.port}/jwks"


def ids(keys: tuple[Any, ...]) -> list[str]:
    return [key.key_id for key in keys]


async def test_keys_of_an_address_are_fetched_once_and_again_for_an_unknown_key(site: Site) -> None:
    clock = Clock()
    source = AddressKeys(put(site, a=RSA), clock)
    assert [ids(keys) for keys in await asyncio.gather(*(source.keys("a") for _ in range(5)))] == [["a"]] * 5
    assert site.requests == ["/jwks"]
    put(site, a=RSA, b=OTHER_RSA)
    # An unknown key within the pause causes no request: anybody can invent one.
    assert ids(await source.keys("b")) == ["a"]
    clock.now_s += 11
    assert ids(await source.keys("b")) == ["a", "b"]
    assert site.requests == ["/jwks"] * 2


async def test_an_address_that_is_away_leaves_the_keys_before_in_use(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    source = AddressKeys(put(site, a=RSA), clock)
    await source.keys("a")
    for answer in (Answer("", status=500), Answer("<html>"), Answer('{"keys": []}'), Answer(" " * 300_000)):
        site.pages["/jwks"] = answer
        clock.now_s += 1000
        assert ids(await source.keys("unknown")) == ["a"]
    assert caplog.text.count("cannot be used") == 4
    await site.stop()
    clock.now_s += 1000
    assert ids(await source.keys("unknown")) == ["a"]


async def test_an_address_is_not_left_for_another(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    put(site, a=RSA)
    with pytest.raises(KeysUnusable):
        await AddressKeys(f"http://127.0.0.1:{site.port}/moved").keys(None)
    assert "it redirects to" in caplog.text


@pytest.mark.long
async def test_an_address_that_sends_a_byte_now_and_then_is_given_up(caplog: pytest.LogCaptureFixture) -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\n")
            while True:
                writer.write(b"X: y\r\n")
                await writer.drain()
                await asyncio.sleep(0.1)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        is_over.set()

    is_over = asyncio.Event()
    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    source = AddressKeys(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/jwks")
    try:
        with pytest.raises(KeysUnusable):
            await source.keys("a")
        assert "no whole answer within 3 s" in caplog.text
        # Nothing of it is left over: the next try is a new one.
        assert source._fetching is None
        async with asyncio.timeout(DEADLINE_S):
            await is_over.wait()
    finally:
        server.close()


async def test_a_key_file_that_is_away_for_a_while_is_logged_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    own, path = authenticator(tmp_path, pem(RSA)), tmp_path / "keys"
    token = signed(RSA, "RS256")
    path.rename(tmp_path / "away")
    for _ in range(3):
        assert await own.authenticate(token)
    assert caplog.text.count("the keys before stay in use") == 1
    (tmp_path / "away").rename(path)
    assert own.recognize(token) is None, "it is read again"
    assert await own.authenticate(token)
    assert own.recognize(token)


async def test_a_token_is_verified_again_when_the_keys_have_been_fetched_again(site: Site) -> None:
    clock, url = Clock(), put(site, a=RSA)
    own = Authenticator(ApiSettings(jwt_keys=url))
    assert own._jwt is not None
    own._jwt._keys = AddressKeys(url, clock)
    token = signed(RSA, "RS256", "a")
    assert own.recognize(token) is None
    grant = await own.authenticate(token)
    assert own.recognize(token) is grant
    put(site, b=OTHER_RSA)
    # The keys are old: the next look at the token fetches, and until then the token counts.
    clock.now_s += 301
    assert own.recognize(token) is None
    assert await own.authenticate(token)

    async def is_refused() -> bool:
        with suppress(Unauthenticated):
            await own.authenticate(token)
            return False
        return True

    await until(is_refused)
    assert own.recognize(token) is None


@pytest.mark.parametrize("token", ["\ud800", "a.\ud800.c", "é" * 100])
async def test_a_token_that_is_no_ascii_is_refused(tmp_path: Path, token: str) -> None:
    with pytest.raises(Unauthenticated):
        await authenticator(tmp_path, pem(RSA)).authenticate(token)


async def test_an_address_that_does_not_answer_refuses_tokens_in_time(site: Site) -> None:
    site.pages["/jwks"] = Answer("{}", gate=asyncio.Event())
    own = Authenticator(ApiSettings(jwt_keys=f"http://127.0.0.1:{site.port}/jwks"))
    try:
        with pytest.raises(Unauthenticated, match="cannot be fetched at the moment"):
            await own.authenticate(signed(RSA, "RS256"))
    finally:
        gate = site.pages["/jwks"].gate
        assert gate is not None
        gate.set()
