"""What an address of Kafka says: the topics, and the configuration of the client library. No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass

from tickql.relay.address import SinkAddress
from tickql.relay.errors import InvalidAddress
from tickql.relay.sink import RelayContext

_PORT = 9092
_TLS_FILES = ("ssl.ca.location", "ssl.certificate.location", "ssl.key.location")
_TLS = (*_TLS_FILES, "ssl.key.password", "ssl.endpoint.identification.algorithm")
_PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
_MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
_COMPRESSIONS = ("none", "gzip", "snappy", "lz4", "zstd")
OPTIONS = (
    "security.protocol", "sasl.mechanism", *_TLS, "compression.type", "partitions", "replication", "create",
)  # fmt: skip
"""Those that an address may have. Names with a dot are those of Kafka's own clients."""


@dataclass(frozen=True, slots=True)
class KafkaOptions:
    """How to reach Kafka, and what the relay writes there.

    `partitions`, `replication`: of topics that the relay creates; `None`: what the broker takes. `creates`: whether
    the relay may create topics.
    """

    ticks: str
    """The topic of ticks."""
    status: str
    """The topic of gaps and statuses."""
    places: str
    """The topic of the relays' places."""
    place_prefix: str
    """What the keys of this relay's places begin with. The symbol follows."""
    transactional_id: str
    """The name by which the broker fences off earlier relays of this name."""
    client: Mapping[str, str]
    """Address, login and TLS, for every client of the library."""
    compression: str
    partitions: int | None
    replication: int | None
    creates: bool

    @classmethod
    def of(cls, address: SinkAddress, context: RelayContext) -> "KafkaOptions":
        """Read an address.

        Raises:
            InvalidAddress: a part of it cannot be used.
        """
        address.check_options(OPTIONS)
        namespace = context.settings.namespace
        topic = address.path or namespace.replace(":", ".")
        if "/" in topic:
            raise InvalidAddress(f"{address}: a path names one topic, such as kafka://host:9092/market_data")
        return cls(
            ticks=topic,
            status=f"{topic}.status",
            places=f"{topic}.places",
            place_prefix=f"{namespace}/{context.name}/",
            transactional_id=f"tickql/{namespace}/{context.name}",
            client={
                "bootstrap.servers": address.servers(_PORT),
                "client.id": f"tickql-relay-{context.name}",
                **_security(address),
            },
            compression=address.choice("compression.type", _COMPRESSIONS, "none"),
            partitions=address.count("partitions"),
            replication=address.count("replication"),
            creates=address.choice("create", ("yes", "no"), "yes") == "yes",
        )


def _security(address: SinkAddress) -> dict[str, str]:
    tls = {name: address.options[name] for name in _TLS if name in address.options}
    default = f"{'SASL_' if address.user is not None else ''}{'SSL' if tls else 'PLAINTEXT'}"
    protocol = address.choice("security.protocol", _PROTOCOLS, default)
    settings = {"security.protocol": protocol, **tls}
    if protocol.startswith("SASL_"):
        if address.user is None or not address.password:
            raise InvalidAddress(
                f"{address}: {protocol} needs a user and a password: kafka://user:password@host:9092, "
                "or TICKQL_RELAY_USER and TICKQL_RELAY_PASSWORD"
            )
        settings |= {
            "sasl.mechanism": address.choice("sasl.mechanism", _MECHANISMS, "PLAIN"),
            "sasl.username": address.user,
            "sasl.password": address.password,
        }
    elif address.user is not None:
        raise InvalidAddress(f"{address}: a user needs security.protocol=SASL_SSL or SASL_PLAINTEXT, not {protocol}")
    return settings
