"""Messages for sinks under test."""

from tickql.feed.tick import Cursor
from tickql.relay.sink import Batch, Message, MessageKind


def tick(symbol: str, seq: int) -> Message:
    cursor = Cursor(symbol, 7, seq)
    return Message(MessageKind.TICK, symbol, cursor, f'{{"cursor":"{cursor}"}}'.encode())


def gap(symbol: str, seq: int) -> Message:
    """A gap before the tick of this number."""
    return Message(MessageKind.GAP, symbol, Cursor(symbol, 7, seq), b'{"gap":1}')


def status(body: bytes = b'{"status":1}') -> Message:
    return Message(MessageKind.STATUS, "feed", None, body)


def batch(*messages: Message) -> Batch:
    places = {each.key: each.cursor for each in messages if each.kind is MessageKind.TICK and each.cursor}
    return Batch(messages, places)
