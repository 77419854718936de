"""The sink for Apache Kafka: transactions, with the relay's place in a compacted topic. Imports `confluent_kafka`.

`create_sink` makes it. `options` reads the address, `topics` makes the topics, `places` reads the place, `faults` says
what the broker's errors mean.
"""

from tickql.relay.kafka.sink import create_sink

__all__ = ["create_sink"]
