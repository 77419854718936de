"""The topics of a relay: found, created if they are missing, and how large their messages may be."""

import logging
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import Any

from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic, ResourceType

from tickql.relay.errors import SinkRefused
from tickql.relay.kafka.faults import is_unauthorized, translate
from tickql.relay.kafka.options import KafkaOptions

logger = logging.getLogger("tickql.relay")

_CALL_S = 5.0
"""How long the broker may take for one question about its topics."""
_DEFAULT_MESSAGE_BYTES = 1_000_000
"""The most bytes of one message, as the library has it, where the broker does not tell."""
_PLACES_CONFIG = {
    "cleanup.policy": "compact",
    # A relay that starts reads all of it. Only closed segments are compacted: they are small and soon closed.
    "segment.bytes": "8388608",
    "segment.ms": "600000",
    "min.cleanable.dirty.ratio": "0.1",
}

Wait = Callable[["Future[Any]"], Any]
"""Waits for an answer of the broker. Raises what the library does, or `RelayError` after a while."""


class Topics:
    """The topics of one relay."""

    def __init__(self, admin: AdminClient, options: KafkaOptions, address: str, wait: Wait) -> None:
        self._admin = admin
        self._options = options
        self._address = address
        self._wait = wait

    def ensure(self) -> None:
        """Create what is missing.

        Raises:
            SinkRefused: a topic is missing and may not be created.
            SinkUnavailable: the broker does not answer.
        """
        options = self._options
        names = (options.ticks, options.status, options.places)
        missing = [name for name, future in self._described(names) if not self._exists(future)]
        if not missing:
            return
        if not options.creates:
            raise SinkRefused(f"{self._address} has no topic {missing[0]!r}, and create=no forbids to create it")
        created = self._admin.create_topics([self._new(name) for name in missing], request_timeout=_CALL_S)
        for name, future in created.items():
            self._check_created(name, future)

    def max_message_bytes(self) -> int:
        """Return how large a message may be in all topics, as far as this user may know."""
        names = (self._options.ticks, self._options.status, self._options.places)
        resources = [ConfigResource(ResourceType.TOPIC, name) for name in names]
        sizes = [_DEFAULT_MESSAGE_BYTES]
        for future in self._admin.describe_configs(resources, request_timeout=_CALL_S).values():
            try:
                sizes.append(int(self._wait(future)["max.message.bytes"].value))
            except (KafkaException, KeyError, ValueError) as error:
                logger.debug("%s does not tell how large its messages may be: %s", self._address, error)
        return min(sizes)

    def _described(self, names: Iterable[str]) -> Iterable[tuple[str, "Future[Any]"]]:
        return self._admin.describe_topics(TopicCollection(list(names)), request_timeout=_CALL_S).items()

    def _exists(self, future: "Future[Any]") -> bool:
        try:
            self._wait(future)
        except KafkaException as exception:
            error: KafkaError = exception.args[0]
            # A topic that this user may not see cannot be told from one that does not exist.
            if error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART or is_unauthorized(error):
                return False
            raise translate(error, self._address) from exception
        return True

    def _new(self, name: str) -> NewTopic:
        options = self._options
        is_places = name == options.places
        return NewTopic(
            name,
            num_partitions=1 if is_places else options.partitions or -1,
            replication_factor=options.replication or -1,
            config=_PLACES_CONFIG if is_places else {},
        )

    def _check_created(self, name: str, future: "Future[Any]") -> None:
        try:
            self._wait(future)
        except KafkaException as exception:
            error: KafkaError = exception.args[0]
            # Another relay was faster.
            if error.code() == KafkaError.TOPIC_ALREADY_EXISTS:
                return
            if is_unauthorized(error):
                raise SinkRefused(
                    f"{self._address} has no topic {name!r} for this user, who may not create it either: "
                    "create it, or allow the relay's user to write (and to create) it"
                ) from exception
            raise translate(error, self._address) from exception
        logger.info("created the topic %s at %s", name, self._address)
