"""A collector of traces that takes what it gets, on a thread of this process."""

import threading
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _Taker(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@cache
def collector_address() -> str:
    """Return the address of the collector, which is started once and runs as long as this process."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Taker)
    threading.Thread(target=server.serve_forever, name="collector", daemon=True).start()
    return f"http://127.0.0.1:{server.server_address[1]}"
