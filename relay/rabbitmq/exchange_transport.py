"""The connection below `aiormq`: it can be cut at any time, and takes out the confirms before `aiormq` reads them.

A busy broker sends thousands of confirms a second. `aiormq` parses one in 7 microseconds of CPU, wakes a task for it,
and when it is for many messages looks at every message that waits. Here one costs a microsecond.
"""

import asyncio
import struct
from typing import Any

from aiormq.connection import SSLContextProvider, TransportFactory
from aiormq.exceptions import AMQPConnectionError
from yarl import URL

from tickql.relay.rabbitmq.exchange_confirms import Confirms

# AMQP 0-9-1, section 4.2.3: a frame is its kind, the channel and the size of the payload, the payload, and a last byte.
_HEAD = struct.Struct(">BHI")
_END_BYTES = 1
_METHOD, _HEARTBEAT_KIND = 1, 8
_KINDS = frozenset((_METHOD, 2, 3, _HEARTBEAT_KIND))
_HEARTBEAT = _HEAD.pack(_HEARTBEAT_KIND, 0, 0) + b"\xce"
# RabbitMQ's "Publisher Confirms": class and method, then the number of the message and a bit for "all before, too".
_BASIC, _ACK, _NACK = 60, 80, 120
_CONFIRM_HEAD, _CONFIRM = struct.Struct(">BHIHH"), struct.Struct(">QB")
_CONFIRM_BYTES = 13
_MULTIPLE = 1
_SIGN_OF_LIFE_S = 1.0
"""How often `aiormq` gets a heartbeat in place of confirms: it takes a connection without any frame for broken."""


class ExchangeTransport(TransportFactory):
    """Opens one connection for `aiormq`."""

    def __init__(self) -> None:
        self._reader: ConfirmReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def create(self, url: URL, **kwargs: Any) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect, as `aiormq` asks for it."""
        provider: SSLContextProvider = kwargs["ssl_context_provider"]
        tls = await provider.get_context() if url.scheme == "amqps" else None
        assert url.host is not None
        assert url.port is not None
        loop = asyncio.get_running_loop()
        self._reader = reader = ConfirmReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        try:
            transport, _ = await loop.create_connection(lambda: protocol, url.host, url.port, ssl=tls)
        except OSError as error:
            raise AMQPConnectionError(*error.args) from error
        self._writer = asyncio.StreamWriter(transport, protocol, reader, loop)
        return reader, self._writer

    def confirms_of(self, channel: int) -> Confirms:
        """Return the confirms of a channel, which is in confirm mode. From now on they do not reach `aiormq`."""
        assert self._reader is not None, "the connection is not open"
        return self._reader.confirms_of(channel)

    def abort(self) -> None:
        """Cut the connection. `aiormq` itself would wait for a frozen broker."""
        if self._writer is not None:
            self._writer.transport.abort()


class ConfirmReader(asyncio.StreamReader):
    """What the broker sends, without the confirms of one channel."""

    def __init__(self) -> None:
        super().__init__()
        self._rest = b""
        """The beginning of a frame whose end has not come."""
        self._is_amqp = True
        """Whether all so far were frames. Anything else is for `aiormq`, which says what is wrong."""
        self._confirms = Confirms()
        self._ack = self._nack = b""
        """How the confirms of the channel begin; empty: there is no channel yet."""
        self._life_s = 0.0

    def confirms_of(self, channel: int) -> Confirms:
        """See `ExchangeTransport.confirms_of`."""
        self._confirms = Confirms()
        self._ack, self._nack = (
            _CONFIRM_HEAD.pack(_METHOD, channel, _CONFIRM_BYTES, _BASIC, method) for method in (_ACK, _NACK)
        )
        return self._confirms

    def feed_data(self, data: Any) -> None:
        """Called by the transport, with bytes."""
        super().feed_data(self._without_confirms(self._rest + data) if self._is_amqp else data)

    def feed_eof(self) -> None:
        """Called by the transport, up to two times."""
        rest, self._rest = self._rest, b""
        if rest:
            super().feed_data(rest)
        super().feed_eof()

    def _without_confirms(self, data: bytes) -> bytes:
        others = []
        begin, count = 0, 0
        while begin + _HEAD.size <= len(data):
            kind, _, size = _HEAD.unpack_from(data, begin)
            if kind not in _KINDS:
                self._is_amqp = False
                others.append(data[begin:])
                begin = len(data)
                break
            end = begin + _HEAD.size + size + _END_BYTES
            if end > len(data):
                break
            if self._take(data, begin):
                count += 1
            else:
                others.append(data[begin:end])
            begin = end
        self._rest = data[begin:]
        if count and self._is_sign_of_life_due():
            others.append(_HEARTBEAT)
        return b"".join(others)

    def _take(self, data: bytes, begin: int) -> bool:
        """Note the frame that begins there, if it is a confirm of the channel. Returns whether it is one."""
        if not self._ack:
            return False
        if data.startswith(self._ack, begin):
            number, bits = _CONFIRM.unpack_from(data, begin + _CONFIRM_HEAD.size)
            self._confirms.confirm(number, bool(bits & _MULTIPLE))
        elif data.startswith(self._nack, begin):
            number, bits = _CONFIRM.unpack_from(data, begin + _CONFIRM_HEAD.size)
            self._confirms.refuse(number, bool(bits & _MULTIPLE))
        else:
            return False
        return True

    def _is_sign_of_life_due(self) -> bool:
        now_s = asyncio.get_running_loop().time()
        if now_s < self._life_s + _SIGN_OF_LIFE_S:
            return False
        self._life_s = now_s
        return True
