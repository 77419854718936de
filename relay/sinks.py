"""The table of sinks: which module serves which kind of address."""

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import cast

from tickql.relay.address import SinkAddress
from tickql.relay.errors import ExtraMissing, InvalidAddress
from tickql.relay.sink import RelayContext, Sink, SinkFactory


@dataclass(frozen=True, slots=True)
class SinkKind:
    """A kind of broker. `module` has the function `create_sink` and imports `libraries`, which `extra` installs."""

    module: str
    extra: str
    libraries: tuple[str, ...]


_KAFKA = SinkKind("tickql.relay.kafka", "kafka", ("confluent_kafka",))
_RABBITMQ = SinkKind("tickql.relay.rabbitmq.exchange_sink", "rabbitmq", ("aiormq",))
_RABBITMQ_STREAM = SinkKind("tickql.relay.rabbitmq.stream_sink", "rabbitmq", ("rstream",))

SINKS: dict[str, SinkKind] = {
    "kafka": _KAFKA,
    "amqp": _RABBITMQ,
    "amqps": _RABBITMQ,
    "rabbitmq-stream": _RABBITMQ_STREAM,
    "rabbitmq-stream+tls": _RABBITMQ_STREAM,
}
"""By the scheme of the address."""


def create_sink(address: SinkAddress, context: RelayContext) -> Sink:
    """Return a sink for an address, not connected.

    Raises:
        InvalidAddress: no sink serves this kind of address, or a part of it cannot be used.
        ExtraMissing: the library of this broker is not installed.
    """
    kind = SINKS.get(address.scheme)
    if kind is None:
        known = ", ".join(f"{scheme}://" for scheme in SINKS)
        raise InvalidAddress(f"no relay serves addresses of the kind {address.scheme[:40]}://; those served: {known}")
    if any(find_spec(library) is None for library in kind.libraries):
        raise ExtraMissing(f"{address.scheme}:// needs a library: pip install 'tickql[{kind.extra}]'")
    factory = cast("SinkFactory", import_module(kind.module).create_sink)
    return factory(address, context)
