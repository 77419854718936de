"""What an address of Kafka says."""

import pytest

from tickql.feed.settings import FeedSettings
from tickql.relay.address import SinkAddress
from tickql.relay.errors import InvalidAddress
from tickql.relay.kafka.options import KafkaOptions
from tickql.relay.sink import RelayContext


def options(address: str, namespace: str = "market_data") -> KafkaOptions:
    return KafkaOptions.of(SinkAddress.parse(address), RelayContext("main", FeedSettings(namespace=namespace)))


def test_topics_are_named_after_the_namespace_or_the_path() -> None:
    own = options("kafka://host")
    assert (own.ticks, own.status, own.places) == ("market_data", "market_data.status", "market_data.places")
    assert options("kafka://host", "desk:7").ticks == "desk.7"
    assert options("kafka://host/prices").places == "prices.places"


def test_hosts_have_the_usual_port_unless_they_name_one() -> None:
    assert options("kafka://a,b:9093,[::1]").client["bootstrap.servers"] == "a:9092,b:9093,[::1]:9092"


def test_two_relays_and_two_namespaces_never_share_a_place() -> None:
    one = KafkaOptions.of(SinkAddress.parse("kafka://host/t"), RelayContext("one", FeedSettings()))
    two = KafkaOptions.of(SinkAddress.parse("kafka://host/t"), RelayContext("two", FeedSettings()))
    assert len({one.place_prefix, two.place_prefix, options("kafka://host/t", "other").place_prefix}) == 3
    assert len({one.transactional_id, two.transactional_id}) == 2


@pytest.mark.parametrize(
    ("address", "settings"),
    [
        ("kafka://host", {"security.protocol": "PLAINTEXT"}),
        ("kafka://host?ssl.ca.location=/ca.pem", {"security.protocol": "SSL", "ssl.ca.location": "/ca.pem"}),
        (
            "kafka://user:pass%40word@host",
            {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN", "sasl.password": "pass@word"},
        ),
        (
            "kafka://user:word@host?security.protocol=SASL_SSL&sasl.mechanism=SCRAM-SHA-512",
            {"security.protocol": "SASL_SSL", "sasl.mechanism": "SCRAM-SHA-512", "sasl.username": "user"},
        ),
    ],
)
def test_login_and_tls_have_the_names_of_kafkas_clients(address: str, settings: dict[str, str]) -> None:
    assert options(address).client.items() >= settings.items()


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("kafka://host?acks=1", r"kafka://host has the unknown option 'acks'; known are security.protocol, "),
        ("kafka://host?security.protocol=TLS", "is none of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL"),
        ("kafka://host?security.protocol=SASL_SSL", "needs a user and a password"),
        ("kafka://user:word@host?security.protocol=SSL", "a user needs security.protocol=SASL_SSL"),
        ("kafka://host?partitions=none", "partitions='none' is not a positive whole number"),
        ("kafka://host/a/b", "a path names one topic"),
    ],
)
def test_what_an_address_cannot_say_is_refused(address: str, fault: str) -> None:
    with pytest.raises(InvalidAddress, match=fault):
        options(address)
