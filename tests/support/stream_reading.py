"""Reading a RabbitMQ stream in tests, as any consumer does: with the library's own decoder."""

from dataclasses import dataclass

from rstream import AMQPMessage, Consumer, ConsumerOffsetSpecification, MessageContext, OffsetType, amqp_decoder

from tests.support.rabbitmq_server import PASSWORD, USER, RabbitMqServer
from tests.support.waiting import Changes


@dataclass(frozen=True)
class StreamMessage:
    """A message with the properties that consumers see."""

    offset: int
    subject: str
    message_id: str | None
    relay: str
    body: bytes


async def read_stream(server: RabbitMqServer, stream: str, last_body: bytes) -> list[StreamMessage]:
    """Return all messages of a stream up to the first one with this body."""
    messages: list[StreamMessage] = []
    changes = Changes()

    def take(message: AMQPMessage, context: MessageContext) -> None:
        messages.append(_message(message, context.offset))
        changes.notify()

    consumer = Consumer("127.0.0.1", server.stream_port, username=USER, password=PASSWORD)
    await consumer.start()
    try:
        first = ConsumerOffsetSpecification(OffsetType.FIRST)
        await consumer.subscribe(stream, take, decoder=amqp_decoder, offset_specification=first)
        await changes.until(lambda: any(each.body == last_body for each in messages))
    finally:
        await consumer.close()
    end = next(index for index, each in enumerate(messages) if each.body == last_body)
    return messages[: end + 1]


def _message(message: AMQPMessage, offset: int) -> StreamMessage:
    properties = message.properties
    identifier = properties.message_id
    return StreamMessage(
        offset,
        properties.subject.decode(),
        None if identifier is None else identifier.decode(),
        properties.group_id.decode(),
        message.body,
    )
