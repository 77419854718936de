"""Addresses of brokers, and the table of those that are served."""

import pytest

from tickql.feed.settings import FeedSettings
from tickql.relay import sinks
from tickql.relay.address import SinkAddress
from tickql.relay.errors import ExtraMissing, InvalidAddress
from tickql.relay.sink import RelayContext
from tickql.relay.sinks import SinkKind, create_sink, sink_kind

CONTEXT = RelayContext("main", FeedSettings())


def test_an_address_has_hosts_a_path_options_and_a_login() -> None:
    address = SinkAddress.parse("Kafka://us%20er:p%3Aw@a:1,[::1]:2,c/to%20pic?x=1&y.z=%2F")
    assert address.scheme == "kafka"
    assert address.hosts == (("a", 1), ("::1", 2), ("c", None))
    assert (address.user, address.password, address.path) == ("us er", "p:w", "to pic")
    assert address.options == {"x": "1", "y.z": "/"}
    assert address.servers(9) == "a:1,[::1]:2,c:9"


def test_a_login_from_the_environment_counts_if_the_address_has_none() -> None:
    assert SinkAddress.parse("kafka://a", "user", "word").password == "word"
    assert SinkAddress.parse("kafka://own:other@a", "user", "word").password == "other"


def test_no_text_of_an_address_shows_a_password() -> None:
    address = SinkAddress.parse("kafka://user:horse@a/topic?ssl.key.password=staple")
    assert str(address) == "kafka://a/topic"
    assert not {"horse", "staple"} & set(repr(address).replace("'", " ").split())


@pytest.mark.parametrize(
    "text",
    ["", "host:9092", "kafka://", "kafka://a:b", "kafka://a:0", "kafka://a:70000", "kafka://[::1", "kafka://a?x",
     "kafka://user:horse/staple@a", "kafka://user:ho%rse@a"],
)  # fmt: skip
def test_a_malformed_address_is_refused_without_its_password(text: str) -> None:
    with pytest.raises(InvalidAddress) as refused:
        SinkAddress.parse(text)
    assert "horse" not in str(refused.value)
    assert "staple" not in str(refused.value)


def test_a_kind_that_no_relay_serves_is_refused_with_those_that_are() -> None:
    with pytest.raises(
        InvalidAddress, match=r"no relay serves addresses of the kind nats://; those served: kafka://, "
    ):
        create_sink(SinkAddress.parse("nats://host"), CONTEXT)


@pytest.mark.parametrize(
    ("schemes", "name"),
    [
        (("kafka",), "kafka"),
        (("amqp", "amqps"), "rabbitmq-exchange"),
        (("rabbitmq-stream", "rabbitmq-stream+tls"), "rabbitmq-stream"),
    ],
)
def test_a_relay_that_moves_to_tls_keeps_its_name_and_so_its_place(schemes: tuple[str, ...], name: str) -> None:
    assert {sink_kind(SinkAddress.parse(f"{scheme}://a")).name for scheme in schemes} == {name}


def test_a_kind_whose_library_is_missing_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        sinks.SINKS, "nats", SinkKind("nats", "tickql.relay.nats", "nats", ("a_library_that_nobody_has",))
    )
    with pytest.raises(ExtraMissing, match=r"nats:// needs a library: pip install 'tickql\[nats\]'"):
        create_sink(SinkAddress.parse("nats://host"), CONTEXT)
