"""A port that does nothing: `python -m bench.hostile.sink PORT`. An attacker finds it as patient as a server can be.

It accepts every connection, reads everything, acknowledges WebSockets, and answers each request without looking at it.
"""

import asyncio
import re
import sys

import uvloop

from bench.hostile.background import use_idle_cpu
from bench.websocket import server_frame, upgrade_answer

_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
_HEAD_BYTES = 64 * 1024


class _Sink(asyncio.Protocol):
    def __init__(self) -> None:
        self._head = b""
        self._left = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if b"connection_init" in data:
            self._transport.write(server_frame(b'{"type":"connection_ack"}'))
        elif self._left:
            self._body(len(data))
        elif len(self._head) < _HEAD_BYTES:
            self._head += data
            self._find_end()

    def _find_end(self) -> None:
        head, end, rest = self._head.partition(b"\r\n\r\n")
        if not end:
            return
        if b"sec-websocket-key" in head.lower():
            self._transport.write(upgrade_answer(head))
        else:
            length = _LENGTH.search(head)
            self._left = int(length[1]) if length else 0
            self._body(len(rest))
        self._head = b""

    def _body(self, size: int) -> None:
        self._left = max(0, self._left - size)
        if not self._left:
            self._transport.write(_ANSWER)


async def _main(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(_Sink, "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


if __name__ == "__main__":
    use_idle_cpu()
    uvloop.run(_main(int(sys.argv[1])))
