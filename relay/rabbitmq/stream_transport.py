"""The connection below the client of `rstream`, for many messages: it encodes them, and reads their confirms, at once.

`rstream` has objects for each message and each confirm: some five microseconds for both. Here it is less than one.
"""

import asyncio
import struct
from collections.abc import Iterable, Iterator, Sequence

from rstream import schema
from rstream.connection import Connection, ConnectionClosed
from rstream.constants import Key
from rstream.encoding import decode_frame

_SIZE_BYTES = 4
_VERSION = 1
_HEAD = struct.Struct(">IHHBI")
"""Size of what follows, kind, version, publisher, count: the beginning of frames with messages or confirms."""
_MESSAGE = struct.Struct(">QI")
"""Before each message: its publishing id and its size."""
_CONFIRM = struct.pack(">HH", Key.PublishConfirm.value, _VERSION)
_COUNT = struct.Struct(">BI")
FRAME_OVERHEAD_BYTES, MESSAGE_OVERHEAD_BYTES = _HEAD.size, _MESSAGE.size


class StreamTransport(Connection):
    """One connection. Closing, opening and everything rare is that of `rstream`."""

    async def publish(self, publisher: int, messages: Sequence[tuple[int, bytes]]) -> None:
        """Write one frame with messages, each with its publishing id."""
        await self._write_frame_raw(publish_frame(publisher, messages))

    async def read_frame(self) -> schema.Frame:
        """Wait for the next frame.

        Raises:
            ConnectionClosed: there is none.
        """
        assert self._reader is not None
        try:
            size = int.from_bytes(await self._reader.readexactly(_SIZE_BYTES), "big")
            frame = await self._reader.readexactly(size)
        except asyncio.IncompleteReadError:
            raise ConnectionClosed from None
        return _confirm(frame) if frame.startswith(_CONFIRM) else decode_frame(frame)


def publish_frame(publisher: int, messages: Sequence[tuple[int, bytes]]) -> bytes:
    """Return a frame that publishes messages, each with its publishing id."""
    parts = [b""]
    for publishing_id, data in messages:
        parts += _MESSAGE.pack(publishing_id, len(data)), data
    size = sum(map(len, parts)) + _HEAD.size - _SIZE_BYTES
    parts[0] = _HEAD.pack(size, Key.Publish.value, _VERSION, publisher, len(messages))
    return b"".join(parts)


def split(
    messages: Iterable[tuple[int, bytes]], max_messages: int, max_bytes: int
) -> Iterator[list[tuple[int, bytes]]]:
    """Split messages, each with its publishing id, into parts of which each fits into a frame of so many bytes."""
    part: list[tuple[int, bytes]] = []
    size = FRAME_OVERHEAD_BYTES
    for message in messages:
        needed = len(message[1]) + MESSAGE_OVERHEAD_BYTES
        if part and (size + needed > max_bytes or len(part) == max_messages):
            yield part
            part, size = [], FRAME_OVERHEAD_BYTES
        part.append(message)
        size += needed
    if part:
        yield part


def _confirm(frame: bytes) -> schema.PublishConfirm:
    publisher, count = _COUNT.unpack_from(frame, len(_CONFIRM))
    return schema.PublishConfirm(publisher, list(struct.unpack_from(f">{count}Q", frame, len(_CONFIRM) + _COUNT.size)))
