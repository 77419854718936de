"""A TLS server in front of Redis, for server programs that are built without TLS: decrypts, and passes on.

Its sockets are those of OpenSSL and not of asyncio, which closes a failed handshake without telling the client why.
"""

import select
import socket
import socketserver
import ssl
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from tests.support.certificates import Signed
from tests.support.waiting import DEADLINE_S


class TlsServer:
    """A context manager. `clients_ca`: clients need a certificate of this CA."""

    def __init__(self, redis_url: str, signed: Signed, clients_ca: Path | None = None) -> None:
        target = urlsplit(redis_url)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(signed.certificate, signed.key)
        if clients_ca is not None:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(clients_ca)

        class Link(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                self.request.settimeout(DEADLINE_S)
                with suppress(OSError), self.request.dup() as raw:
                    try:
                        client = context.wrap_socket(self.request, server_side=True)
                    except ssl.SSLError:
                        # OpenSSL has told the client why. To close before the client has read it would take it back.
                        raw.shutdown(socket.SHUT_WR)
                        while raw.recv(65536):
                            pass
                        return
                    with client, socket.create_connection((target.hostname, target.port), DEADLINE_S) as server:
                        _pass_on(client, server)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Link)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def url(self, **options: Path) -> str:
        """The address with options of redis-py."""
        query = "&".join(f"{name}={path}" for name, path in options.items())
        return f"rediss://127.0.0.1:{self._server.server_address[1]}/0{'?' if query else ''}{query}"


def _pass_on(client: ssl.SSLSocket, server: socket.socket) -> None:
    """Pass data on in both directions until one side ends. One thread: an SSL object serves one at a time."""
    while True:
        # What is decrypted already does not make the socket readable.
        ready = [client] if client.pending() else select.select([client, server], [], [], DEADLINE_S)[0]
        for source in ready:
            data = source.recv(65536)
            if not data:
                return
            (server if source is client else client).sendall(data)
