"""What only a person can change is one clear line, without a password."""

import uuid
from pathlib import Path

import aio_pika
import pytest

from tests.relay.messages import batch, status
from tests.relay.rabbitmq.conftest import Open
from tests.support.certificates import CertificateAuthority
from tests.support.rabbitmq_server import MAX_MESSAGE_BYTES, RabbitMqServer
from tickql.feed.embedded.ports import free_port
from tickql.relay.errors import InvalidAddress, RelayError, SinkRefused, SinkUnavailable

_SECRET = "correct horse"
_QUOTED = "correct%20horse"
BOTH = pytest.mark.parametrize("kind", ["amqp", "rabbitmq-stream"])


def address(server: RabbitMqServer, kind: str, login: str = "guest:guest", path: str = "") -> str:
    port = server.port if kind == "amqp" else server.stream_port
    return f"{kind}://{login}@127.0.0.1:{port}/{path}"


async def refusal(open_sink: Open, url: str, kind: type[RelayError] = SinkRefused) -> str:
    """Return the text of the error with which a sink for this address does not open."""
    with pytest.raises(kind) as caught:
        await open_sink(url)
    text = str(caught.value)
    assert "\n" not in text
    assert _SECRET not in text
    assert _QUOTED not in text
    return text


@BOTH
async def test_a_wrong_password(rabbitmq: RabbitMqServer, open_sink: Open, kind: str) -> None:
    text = await refusal(open_sink, address(rabbitmq, kind, f"guest:{_QUOTED}"))

    assert text.endswith(": wrong user or password (user 'guest')")


@BOTH
async def test_a_virtual_host_that_does_not_exist(rabbitmq: RabbitMqServer, open_sink: Open, kind: str) -> None:
    text = await refusal(open_sink, address(rabbitmq, kind, path="prices"))

    assert text.endswith("/prices: no virtual host 'prices', or user 'guest' may not use it")


@BOTH
async def test_nobody_listens(rabbitmq: RabbitMqServer, open_sink: Open, kind: str) -> None:
    url = f"{kind}://guest:{_QUOTED}@127.0.0.1:{free_port()}"
    text = await refusal(open_sink, url, SinkUnavailable)

    assert "no connection: " in text
    assert text.endswith(
        "does RabbitMQ run there (AMQP, port 5672)?"
        if kind == "amqp"
        else "does RabbitMQ run there, with its plugin rabbitmq_stream (port 5552)?"
    )


async def test_the_port_of_the_other_protocol(rabbitmq: RabbitMqServer, open_sink: Open) -> None:
    stream = f"rabbitmq-stream://127.0.0.1:{rabbitmq.port}"
    exchange = f"amqp://127.0.0.1:{rabbitmq.stream_port}"

    assert "with its plugin rabbitmq_stream (port 5552)?" in await refusal(open_sink, stream, SinkUnavailable)
    assert "(AMQP, port 5672)?" in await refusal(open_sink, exchange, SinkUnavailable)


async def test_an_exchange_of_another_type(rabbitmq: RabbitMqServer, open_sink: Open) -> None:
    name = f"prices.{uuid.uuid4().hex}"
    async with await aio_pika.connect(rabbitmq.url) as connection:
        channel = await connection.channel()
        await channel.declare_exchange(name, aio_pika.ExchangeType.FANOUT, durable=True)

    text = await refusal(open_sink, f"{rabbitmq.url}?exchange={name}")

    assert text.endswith(f"the exchange '{name}' exists, and is no durable topic exchange")


async def test_a_queue_in_place_of_the_stream(rabbitmq: RabbitMqServer, open_sink: Open) -> None:
    name = f"prices.{uuid.uuid4().hex}"
    async with await aio_pika.connect(rabbitmq.url) as connection:
        channel = await connection.channel()
        await channel.declare_queue(name, durable=True)

    text = await refusal(open_sink, f"{rabbitmq.stream_url}?stream={name}")

    assert text.endswith(f"'{name}' exists, but not as a stream, or its options are not valid")


@BOTH
async def test_a_user_who_may_not_create_what_is_missing(rabbitmq: RabbitMqServer, open_sink: Open, kind: str) -> None:
    user, name = uuid.uuid4().hex, f"prices.{uuid.uuid4().hex}"
    rabbitmq.add_user(user, _SECRET, configure=f"^{name}\\\\.places")
    option = "exchange" if kind == "amqp" else "stream"
    url = address(rabbitmq, kind, f"{user}:{_QUOTED}") + f"?{option}={name}"

    text = await refusal(open_sink, url)
    await open_sink(address(rabbitmq, kind) + f"?{option}={name}")

    assert text.endswith(f"there is no {option} '{name}', and this user may not create it")
    # It is there now.
    await open_sink(url)


@BOTH
async def test_a_user_who_may_not_write(rabbitmq: RabbitMqServer, open_sink: Open, kind: str) -> None:
    user = uuid.uuid4().hex
    rabbitmq.add_user(user, _SECRET, configure=".*", write="^$")

    with pytest.raises(SinkRefused, match=r"this user may not (publish|write)"):
        await (await open_sink(address(rabbitmq, kind, f"{user}:{_QUOTED}"))).sink.send(batch(status()))


@BOTH
async def test_a_message_that_is_too_large(rabbitmq: RabbitMqServer, open_sink: Open, kind: str) -> None:
    sink = (await open_sink(address(rabbitmq, kind))).sink

    with pytest.raises(SinkRefused, match=r"message (size|of) [\d,]+ (bytes )?is larger than"):
        await sink.send(batch(status(b"x" * (MAX_MESSAGE_BYTES + 100_000))))


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("amqp://h/?exchnge=a", "unknown option 'exchnge'; known are exchange, cacertfile"),
        ("amqp://h/?exchange=", "exchange is not a name"),
        ("rabbitmq-stream://h/?exchange=a", "unknown option 'exchange'; known are stream, max-age"),
        ("amqp://h/?cacertfile=/a", "cacertfile needs TLS: amqps:// instead of amqp://"),
        ("rabbitmq-stream://h/?keyfile=/a", "keyfile needs TLS: rabbitmq-stream+tls:// instead of rabbitmq-stream://"),
        ("amqps://h/?cacertfile=/none", "/none: No such file or directory"),
        (f"amqps://h/?cacertfile={__file__}", "not in PEM format"),
        ("amqps://h/?keyfile=/a", "keyfile needs certfile"),
        ("amqps://h/?verify=no", "verify='no' is none of verify_peer, verify_none"),
    ],
)
async def test_an_option_that_cannot_be_used(open_sink: Open, url: str, words: str) -> None:
    assert words in await refusal(open_sink, url, InvalidAddress)


@pytest.mark.parametrize("kind", ["amqps", "rabbitmq-stream+tls"])
async def test_tls_with_the_right_authority_and_no_other(
    rabbitmq: RabbitMqServer, open_sink: Open, kind: str, tmp_path: Path
) -> None:
    port = rabbitmq.tls_port if kind == "amqps" else rabbitmq.stream_tls_port
    other = CertificateAuthority(tmp_path, "other").path
    url = f"{kind}://guest:guest@127.0.0.1:{port}/"

    await (await open_sink(f"{url}?cacertfile={rabbitmq.authority}")).sink.send(batch(status()))
    await (await open_sink(f"{url}?verify=verify_none", "another")).sink.send(batch(status()))

    assert "certificate verify failed" in await refusal(open_sink, f"{url}?cacertfile={other}", SinkUnavailable)
