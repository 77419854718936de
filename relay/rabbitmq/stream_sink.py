"""The sink of a RabbitMQ stream: each message once and in order, also when a relay is killed at any moment.

A named publisher may send a publishing id again: the broker drops what is not above the last id of that name, and
stores messages and id in one step. RabbitMQ remembers at most 255 names of a stream, so there cannot be one for each
symbol. One name publishes everything, and its id is `<session> << 40 | <count>`. `open` begins a new session with a
marker in the stream, and then reads what is before the marker: that is the place. Whatever an older session still
sends arrives behind the marker with a lower id, and is dropped: the marker is a fence as well.

So that `open` need not read the whole stream, the place is also written to a second stream from time to time. The same
fence protects that one. It is raised there first: then a record of an older session was written before that session
was fenced off, and is true.
"""

import json
import logging
import time
from collections.abc import Mapping
from contextlib import aclosing

from tickql.feed.tick import Cursor
from tickql.relay.address import SinkAddress
from tickql.relay.errors import SinkFenced, SinkRefused, SinkUnavailable
from tickql.relay.rabbitmq.broker_address import TLS_OPTIONS, BrokerAddress
from tickql.relay.rabbitmq.stream_connection import StreamConnection
from tickql.relay.rabbitmq.stream_message import (
    MARKER,
    PLACE,
    StreamEntry,
    decode_entry,
    decode_places,
    encode_entry,
    encode_places,
)
from tickql.relay.sink import Batch, Message, MessageKind, RelayContext

logger = logging.getLogger("tickql.relay")

PORT, TLS_PORT = 5552, 5551
_TLS_SCHEME = "rabbitmq-stream+tls"
_RETENTION = {"max-age": "7D", "max-length-bytes": str(20 * 10**9)}
"""How long RabbitMQ keeps messages of a stream that a relay creates, if the address says nothing else."""
_PLACES_RETENTION = {"max-length-bytes": "10000000", "stream-max-segment-size-bytes": "1000000"}
"""Only the last record counts."""
_PLACE_EVERY_MESSAGES, _PLACE_EVERY_S = 10_000, 5.0
"""How often the place is written: also about how much `open` reads, in some 0.1 s."""
_COUNT_BITS = 40
_MAX_SESSION = (1 << 24) - 1
_STREAM, _PLACES = 0, 1
"""The numbers of the publishers on the connection."""


def create_sink(address: SinkAddress, context: RelayContext) -> "StreamSink":
    """Return the sink for `rabbitmq-stream://user:password@host:5552/vhost?stream=market_data`."""
    address.check_options(("stream", *_RETENTION, *TLS_OPTIONS))
    return StreamSink(address, context)


class StreamSink:
    """Sends the feed to one stream. See `Sink`."""

    def __init__(self, address: SinkAddress, context: RelayContext) -> None:
        self._address = BrokerAddress.read(address, _TLS_SCHEME, PORT, TLS_PORT)
        self._relay = context.name
        self._stream = address.options.get("stream", context.settings.namespace)
        self._places_stream = f"{self._stream}.places.{context.name}"
        self._retention = {name: address.options.get(name, default) for name, default in _RETENTION.items()}
        self._connection: StreamConnection | None = None
        self._places: dict[str, Cursor] = {}
        self._gaps: dict[str, str] = {}
        """Of each symbol whose last message is a gap: the id of that message. Its tick is not in the stream yet."""
        self._next_id = 0
        self._next_places_id = 0
        self._end_offset = 0
        """The next message of this session gets at least this offset."""
        self._unwritten = 0
        """Messages since the place was written."""
        self._written_s = 0.0

    async def open(self) -> Mapping[str, Cursor]:
        """Connect, fence off older sessions, and return the place. See `Sink`."""
        connection = self._connection = await self._connect()
        await connection.create(self._stream, self._retention)
        await connection.create(self._places_stream, _PLACES_RETENTION)
        last_id = await connection.declare(_STREAM, self._stream, f"tickql.{self._relay}")
        last_places_id = await connection.declare(_PLACES, self._places_stream, f"tickql.{self._relay}")
        session = (max(last_id, last_places_id) >> _COUNT_BITS) + 1
        if session > _MAX_SESSION:
            raise SinkRefused(f"{self._address.text}: the stream {self._stream!r} has numbers of another program")
        self._next_id = self._next_places_id = session << _COUNT_BITS
        # A stream without any message of this name is new, whatever the place says of the one before it.
        offset, self._places = (0, {}) if last_id == 0 else await self._read_record(connection, last_places_id)
        await self._write_record(offset)
        await self._publish_marker(connection, session)
        await self._read_place(connection, session, offset)
        await self._write_record(self._end_offset)
        return self._places

    async def send(self, batch: Batch) -> None:
        """Publish a batch, and now and then the place. See `Sink`."""
        connection = self._connected()
        entries = [self._encode(message) for message in batch.messages if not self._is_repeated(message)]
        largest, limit = max(map(len, entries), default=0), connection.largest_message()
        if largest > limit:
            raise SinkRefused(
                f"{self._address.text}: a message of {largest:,} bytes is larger than the broker takes "
                f"({limit:,}; see its setting stream.frame_max)"
            )
        await connection.publish_all(_STREAM, self._next_id, entries)
        self._next_id += len(entries)
        self._end_offset += len(entries)
        self._unwritten += len(entries)
        self._places.update(batch.places)
        if self._unwritten >= _PLACE_EVERY_MESSAGES or time.monotonic() - self._written_s >= _PLACE_EVERY_S:
            await self._check_session(connection)
            await self._write_record(self._end_offset)

    async def close(self) -> None:
        """Close the connection. See `Sink`."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close_session()

    async def _connect(self) -> StreamConnection:
        """Connect to the first server that answers."""
        for number, (host, port) in enumerate(self._address.hosts, 1):
            connection = StreamConnection(self._address, host, port, f"tickql relay {self._relay}")
            try:
                await connection.open_session()
            except SinkUnavailable:
                await connection.close_session()
                if number == len(self._address.hosts):
                    raise
            except BaseException:
                await connection.close_session()
                raise
            else:
                return connection
        raise AssertionError("an address names at least one host")

    def _connected(self) -> StreamConnection:
        assert self._connection is not None, "the sink is not open"
        return self._connection

    async def _read_record(self, connection: StreamConnection, last_places_id: int) -> tuple[int, dict[str, Cursor]]:
        """Return the newest record: an offset, and the place before it. Without one the whole stream is to be read."""
        if last_places_id == 0:
            return 0, {}
        async with aclosing(connection.read(self._places_stream, None)) as messages:
            # This chunk is the last one, or was when it was asked for: its first message is true in any case.
            _, data = await anext(messages)
        await connection.end_read()
        entry = decode_entry(data)
        try:
            return (0, {}) if entry is None else decode_places(entry.body)
        except ValueError:
            logger.warning("%s: a record of the place is damaged: reading the whole stream", self._address.text)
            return 0, {}

    async def _write_record(self, offset: int) -> None:
        connection = self._connected()
        entry = encode_entry(PLACE, self._relay, None, encode_places(offset, self._places))
        if len(entry) > connection.largest_message():
            # A hundred thousand symbols: the next `open` reads the whole stream.
            entry = encode_entry(PLACE, self._relay, None, encode_places(0, {}))
        await connection.publish_all(_PLACES, self._next_places_id, [entry])
        self._next_places_id += 1
        self._unwritten, self._written_s = 0, time.monotonic()

    async def _publish_marker(self, connection: StreamConnection, session: int) -> None:
        body = json.dumps({"relay": self._relay, "session": session}).encode()
        await connection.publish_all(_STREAM, self._next_id, [encode_entry(MARKER, self._relay, str(session), body)])
        self._next_id += 1

    async def _read_place(self, connection: StreamConnection, session: int, offset: int) -> None:
        """Read the stream from `offset` on up to the marker of this session."""
        async with aclosing(connection.read(self._stream, offset)) as messages:
            async for at, data in messages:
                entry = decode_entry(data)
                if entry is None or entry.relay != self._relay:
                    continue
                if entry.subject == MARKER and entry.message_id == str(session):
                    self._end_offset = at + 1
                    break
                self._note(entry)
        await connection.end_read()

    def _note(self, entry: StreamEntry) -> None:
        if entry.message_id is None:
            return
        if entry.subject == MessageKind.TICK.value:
            cursor = Cursor.parse(entry.message_id)
            self._places[cursor.symbol] = cursor
            self._gaps.pop(cursor.symbol, None)
        elif entry.subject == MessageKind.GAP.value:
            symbol = entry.message_id.rpartition(":")[0]
            self._gaps[symbol] = entry.message_id

    async def _check_session(self, connection: StreamConnection) -> None:
        """Find out whether another relay of this name has begun a session: the broker drops what this one sends."""
        last_id = await connection.last_id(self._stream, f"tickql.{self._relay}")
        if last_id >> _COUNT_BITS != self._next_id >> _COUNT_BITS:
            raise SinkFenced(f"{self._address.text}: another relay of the name {self._relay!r} writes the stream")

    def _is_repeated(self, message: Message) -> bool:
        return message.kind is MessageKind.GAP and self._gaps.pop(message.key, None) == message.id

    def _encode(self, message: Message) -> bytes:
        return encode_entry(message.kind.value, self._relay, message.id, message.body)
