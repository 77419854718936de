"""One connection through a fault proxy, and the pub/sub messages that the proxy drops from it."""

import asyncio
import re
import socket
import struct
from contextlib import suppress

_MESSAGE = re.compile(rb"[*>]3\r\n\$7\r\nmessage\r\n")
"""The beginning of a pub/sub message, in RESP2 and in RESP3."""
_SPLIT_BYTES = 96
"""Bytes of each chunk that are written in pieces: the rest follows whole, so that the proxy keeps up."""


class Link:
    """The connection of one client, and the connection to the server for it."""

    def __init__(self, *writers: asyncio.StreamWriter) -> None:
        self.may_reply = asyncio.Event()
        self.may_reply.set()
        self.cut_at_reply = False
        self.watched = False
        self.is_half_open = False
        """Whether all bytes, and the end of either side, vanish without a trace."""
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._writers = writers

    async def write(self, writer: asyncio.StreamWriter, data: bytes, delay_s: float, piece_bytes: int) -> None:
        """Write `data` after a delay; `piece_bytes`: the beginning in pieces of this size, 0: whole."""
        if delay_s:
            await asyncio.sleep(delay_s)
        if self.is_half_open:
            return
        if piece_bytes:
            for at in range(0, min(len(data), _SPLIT_BYTES), piece_bytes):
                writer.write(data[at : min(at + piece_bytes, _SPLIT_BYTES)])
                await asyncio.sleep(0)
            data = data[_SPLIT_BYTES:]
        writer.write(data)
        await writer.drain()

    def reset(self) -> None:
        for writer in self._writers:
            # Closing a socket that does not linger sends RST. One that is closed already has no descriptor any more.
            sock = writer.get_extra_info("socket")
            with suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.abort()

    def abort(self) -> None:
        self.may_reply.set()
        for writer in self._writers:
            writer.transport.abort()


class LossyMessages:
    """Drops whole pub/sub messages from what a Redis server sends."""

    def __init__(self) -> None:
        self.to_lose = 0
        self.lost: list[bytes] = []

    def drop(self, data: bytes) -> tuple[bytes, bytes]:
        """Return the bytes to pass, without the messages to lose; and the beginning of an incomplete message."""
        passed = b""
        while self.to_lose and (found := _MESSAGE.search(data)) is not None:
            start = found.start()
            end = _end_of_frame(data, start)
            if end is None:
                return passed + data[:start], data[start:]
            self.lost.append(data[start:end])
            self.to_lose -= 1
            passed, data = passed + data[:start], data[end:]
        return passed + data, b""


def _end_of_frame(data: bytes, start: int) -> int | None:
    """Return the end of an array of bulk strings; `None`: it is incomplete."""
    at = data.index(b"\r\n", start)
    for _ in range(int(data[start + 1 : at])):
        line_end = data.find(b"\r\n", at + 2)
        if line_end < 0:
            return None
        at = line_end + 2 + int(data[at + 3 : line_end])
        if len(data) < at + 2:
            return None
    return at + 2
