"""Redis over TLS: the options of the address hold for every connection, and a failed handshake names the option."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from tests.support.certificates import CertificateAuthority
from tests.support.market import number_of, publish
from tests.support.reading import events_until
from tests.support.redis_server import RedisServer
from tests.support.tls_server import TlsServer
from tickql.cli.doctor.finding import Level
from tickql.cli.doctor.redis import redis_findings
from tickql.feed.connection import RedisConnection
from tickql.feed.errors import FeedUnavailable
from tickql.feed.follower import Follower
from tickql.feed.history import History
from tickql.feed.lease import Lease
from tickql.feed.publisher import Publisher
from tickql.feed.settings import FeedSettings


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> CertificateAuthority:
    return CertificateAuthority(tmp_path_factory.mktemp("own"), "ca")


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> CertificateAuthority:
    return CertificateAuthority(tmp_path_factory.mktemp("other"), "other-ca")


@pytest.fixture(scope="module")
def server(shared_redis: RedisServer, own: CertificateAuthority) -> Iterator[TlsServer]:
    with TlsServer(shared_redis.url, own.sign("server")) as server:
        yield server


@pytest.fixture(scope="module")
def strict(shared_redis: RedisServer, own: CertificateAuthority) -> Iterator[TlsServer]:
    """A server that asks its clients for a certificate."""
    with TlsServer(shared_redis.url, own.sign("strict"), own.path) as server:
        yield server


async def test_every_connection_of_the_feed_uses_ca_and_client_certificate(
    strict: TlsServer, own: CertificateAuthority, feed_settings: FeedSettings
) -> None:
    client = own.sign("client")
    url = strict.url(ssl_ca_certs=own.path, ssl_certfile=client.certificate, ssl_keyfile=client.key)
    settings = FeedSettings(redis_url=url, namespace=feed_settings.namespace)
    async with Lease(settings, "board") as lease:
        await lease.acquire()
        async with (
            Publisher(settings, "board", lease=lease) as publisher,
            Follower(settings) as follower,
            follower.tail("ES") as tail,
            History(settings) as history,
        ):
            publish(publisher, 1, 2)
            assert number_of((await events_until(tail, 2))[-1].tick) == 2
            assert len((await history.page("ES", first=5)).ticks) == 2
    findings = await redis_findings(settings)
    assert findings[0].level is Level.OK
    assert findings[0].found.startswith("rediss://")


async def _failure(url: str) -> str:
    async def connect() -> None:
        connection = await RedisConnection.open(url)
        await connection.call(("PING",))

    with pytest.raises(FeedUnavailable) as failed:
        await connect()
    return str(failed.value)


async def test_a_wrong_ca_names_the_option(server: TlsServer, other: CertificateAuthority) -> None:
    for url in (server.url(), server.url(ssl_ca_certs=other.path)):
        assert "is of another CA than ssl_ca_certs in TICKQL_REDIS_URL" in await _failure(url)


async def test_a_missing_or_foreign_client_certificate_names_the_option(
    strict: TlsServer, own: CertificateAuthority, other: CertificateAuthority
) -> None:
    assert "ssl_certfile and ssl_keyfile in TICKQL_REDIS_URL" in await _failure(strict.url(ssl_ca_certs=own.path))
    foreign = other.sign("client")
    url = strict.url(ssl_ca_certs=own.path, ssl_certfile=foreign.certificate, ssl_keyfile=foreign.key)
    assert "does not accept the certificate ssl_certfile" in await _failure(url)


async def test_a_certificate_for_another_host_is_named(shared_redis: RedisServer, own: CertificateAuthority) -> None:
    with TlsServer(shared_redis.url, own.sign("elsewhere", "192.0.2.1")) as server:
        assert "is for another host" in await _failure(server.url(ssl_ca_certs=own.path))


async def test_an_address_without_tls_for_a_server_with_it_is_named(server: TlsServer) -> None:
    assert "if it expects TLS: rediss://" in await _failure(server.url().replace("rediss://", "redis://"))


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ("ssl_ca_certs={folder}/none.pem", "ssl_ca_certs, .*none.pem: No such file"),
        ("ssl_ca_certs={folder}/text", "ssl_ca_certs, .*text: not in PEM format"),
        ("ssl_certfile={folder}/none.pem", "ssl_certfile, .*none.pem: No such file"),
        ("ssl_certfile={cert}&ssl_keyfile={folder}/none.key", "ssl_keyfile, .*none.key: No such file"),
        ("ssl_certfile={cert}&ssl_keyfile={wrong}", "ssl_keyfile, .*: not in PEM format, or not a pair"),
        ("ssl_keyfile={wrong}", "ssl_keyfile needs ssl_certfile"),
    ],
)
def test_a_faulty_file_is_refused_at_the_start(
    options: str, fault: str, tmp_path: Path, own: CertificateAuthority
) -> None:
    (tmp_path / "text").write_text("no certificate")
    given = options.format(folder=tmp_path, cert=own.sign("one").certificate, wrong=own.sign("two").key)
    with pytest.raises(ValidationError, match=fault):
        FeedSettings(redis_url=f"rediss://127.0.0.1/0?{given}")


def test_options_of_tls_without_tls_are_refused() -> None:
    with pytest.raises(ValidationError, match="ssl_ca_certs needs TLS: rediss://"):
        FeedSettings(redis_url="redis://127.0.0.1/0?ssl_ca_certs=/a")
