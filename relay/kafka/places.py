"""The place of a relay in Kafka: the last record of each symbol in a compacted topic."""

import logging
import time
from collections.abc import Callable, Mapping

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition

from tickql.feed.errors import InvalidCursor
from tickql.feed.tick import Cursor
from tickql.relay.errors import SinkUnavailable
from tickql.relay.kafka.faults import raise_translated, translate
from tickql.relay.kafka.options import KafkaOptions

logger = logging.getLogger("tickql.relay")

_READ_AT_ONCE = 1_000
_STEP_S = 0.5
_TOPIC_S = 2.0
"""How long the broker may take to name the partitions. It has just answered other questions."""
_SILENCE_S = 10.0
"""How long the broker may send nothing at all before it counts as away."""


def read_places(
    client: Mapping[str, object], options: KafkaOptions, address: str, check: Callable[[], None]
) -> dict[str, Cursor]:
    """Read the place of a relay, by symbol. Blocks.

    `client`: the configuration of the library. `check` is called at least twice a second: it raises to end the reading.

    Raises:
        SinkUnavailable: the broker does not answer; SinkRefused: the user may not read the topic.
    """
    consumer = Consumer(
        {
            **client,
            # The library demands one. The relay commits no offsets.
            "group.id": "tickql-relay",
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            # What a relay wrote that was killed before its commit is no place.
            "isolation.level": "read_committed",
            "enable.partition.eof": True,
            "fetch.wait.max.ms": 10,
        }
    )
    try:
        return _read(consumer, options, address, check)
    except KafkaException as exception:
        raise_translated(exception, address)
    finally:
        consumer.close()


def _read(consumer: Consumer, options: KafkaOptions, address: str, check: Callable[[], None]) -> dict[str, Cursor]:
    topic = options.places
    partitions = consumer.list_topics(topic, timeout=_TOPIC_S).topics[topic].partitions
    unread = set(partitions)
    consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in partitions])
    places: dict[str, Cursor] = {}
    heard_s = time.monotonic()
    while unread:
        check()
        # Not `consume` alone: it waits for as many records as asked for, or for the whole time.
        first = consumer.poll(_STEP_S)
        if first is None:
            if time.monotonic() - heard_s > _SILENCE_S:
                raise SinkUnavailable(f"{address} does not answer (no record of {topic} for {_SILENCE_S:.0f} s)")
            continue
        heard_s = time.monotonic()
        for message in (first, *consumer.consume(_READ_AT_ONCE, 0)):
            error = message.error()
            if error is None:
                _note(message, options.place_prefix, places)
            elif error.code() == KafkaError._PARTITION_EOF:
                unread.discard(message.partition())
            elif error.code() not in (KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN):
                raise translate(error, address)
    return places


def _note(message: Message, prefix: str, places: dict[str, Cursor]) -> None:
    key, value = message.key(), message.value()
    if not isinstance(key, bytes) or not key.startswith(prefix.encode()):
        return
    symbol = key.decode(errors="replace").removeprefix(prefix)
    try:
        places[symbol] = Cursor.parse((value or b"").decode(errors="replace")).check_symbol(symbol)
    except InvalidCursor as error:
        logger.warning("skipped a place that is not one: %s", error)
