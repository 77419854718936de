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
    """A kind of sink. `module` has the function `create_sink` and imports `libraries`, which `extra` installs."""

    name: str
    """The name of a relay that is given none. Not the scheme: a relay that moves to TLS must find its place again."""
    module: str
    extra: str
    libraries: tuple[str, ...]


_KAFKA = SinkKind("kafka", "tickql.relay.kafka", "kafka", ("confluent_kafka",))
_EXCHANGE = SinkKind("rabbitmq-exchange", "tickql.relay.rabbitmq.exchange_sink", "rabbitmq", ("aiormq",))
_STREAM = SinkKind("rabbitmq-stream", "tickql.relay.rabbitmq.stream_sink", "rabbitmq", ("rstream",))

SINKS: dict[str, SinkKind] = {
    "kafka": _KAFKA,
    "amqp": _EXCHANGE,
    "amqps": _EXCHANGE,
    "rabbitmq-stream": _STREAM,
    "rabbitmq-stream+tls": _STREAM,
}
"""By the scheme of the address."""


def sink_kind(address: SinkAddress) -> SinkKind:
    """Return the kind of sink that an address names.

    Raises:
        InvalidAddress: no sink serves this kind of address.
    """
    kind = SINKS.get(address.scheme)
    if kind is None:
        known = ", ".join(f"{scheme}://" for scheme in SINKS)
        raise InvalidAddress(f"no relay serves addresses of the kind {address.scheme[:40]}://; those served: {known}")
    return kind


def create_sink(address: SinkAddress, context: RelayContext) -> Sink:
    """Return a sink for an address, not connected.

    Raises:
        InvalidAddress: no sink serves this kind of address, or a part of it cannot be used.
        ExtraMissing: the library of this broker is not installed.
    """
    kind = sink_kind(address)
    if any(find_spec(library) is None for library in kind.libraries):
        names = " ".join(library.replace("_", "-") for library in kind.libraries)
        how = f"pip install 'tickql[{kind.extra}]', or with pipx: pipx inject tickql {names}"
        raise ExtraMissing(f"{address.scheme}:// needs a library: {how}")
    factory = cast("SinkFactory", import_module(kind.module).create_sink)
    return factory(address, context)
