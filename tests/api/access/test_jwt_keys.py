"""Where the keys that verify JWTs come from: a file or an address, both of which may change or be away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import RedirectResponse
from starlette.routing import Route

from tests.api.access.issuer import OTHER_RSA, RSA, authenticator, jwks, pem, signed
from tests.support.site import Answer, Site
from tests.support.waiting import DEADLINE_S, until
from tickql.api.access.authenticator import Authenticator
from tickql.api.access.key_address import AddressKeys
from tickql.api.errors import KeysAway, KeysUnusable, Unauthenticated
from tickql.api.settings import ApiSettings


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
    with pytest.raises(KeysAway):
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
        with pytest.raises(KeysAway):
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


async def test_an_address_that_does_not_answer_keeps_no_client_waiting(site: Site) -> None:
    site.pages["/jwks"] = Answer("{}", gate=asyncio.Event())
    own = Authenticator(ApiSettings(jwt_keys=f"http://127.0.0.1:{site.port}/jwks"))
    try:
        with pytest.raises(KeysAway):
            await own.authenticate(signed(RSA, "RS256"))
    finally:
        gate = site.pages["/jwks"].gate
        assert gate is not None
        gate.set()
