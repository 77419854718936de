"""RabbitMQ as a broker of the feed: the sink of a topic exchange (AMQP 0-9-1), and that of a stream.

`exchange_sink` delivers at least once: publisher confirms, and the relay's place in Redis behind them. `stream_sink`
delivers exactly once: the broker drops what it has already, and keeps the place.
"""
