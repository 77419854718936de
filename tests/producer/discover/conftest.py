"""A web server of the fixture pages."""

import asyncio
import functools
import http.server
import threading
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any, Self

import orjson
import pytest_asyncio

from tests.producer.discover.pages import FOLDER


class _Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        answers = {"/forever": (302, "Location", "/forever"), "/locked": (401, "X-Nothing", "")}
        if self.path in answers:
            status, name, value = answers[self.path]
            self.send_response(status)
            self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        super().do_GET()


class Pages:
    """A web server of the fixture pages."""

    def __init__(self) -> None:
        handler = functools.partial(_Handler, directory=str(FOLDER))
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    async def __aenter__(self) -> Self:
        self._thread.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self._server.shutdown)
        self._server.server_close()
        self._thread.join(10)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def url(self, name: str) -> str:
        return f"{self.address}/{name}.html"

    def anonymous(self, report: str) -> bytes:
        """Return a report for the repository: fewer samples, and no port."""
        data = orjson.loads(report.replace(self.address, "http://board.test"))
        data["spots"] = [[*spot[:4], spot[4][-12:]] for spot in data["spots"]]
        return orjson.dumps(data, option=orjson.OPT_APPEND_NEWLINE)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def pages() -> AsyncIterator[Pages]:
    async with Pages() as pages:
        yield pages
