"""The pages for browsers, the board and GraphiQL, as HTTP responses under a strict Content-Security-Policy."""

from mimetypes import guess_type

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from tickql.api.built_page import BuiltPage, PageMissing
from tickql.api.graphiql.page import GRAPHIQL
from tickql.api.web_board.page import BOARD

_HEADERS = {"Referrer-Policy": "no-referrer"}
_ASSETS_CACHE_CONTROL = "public, max-age=31536000, immutable"
_PAGE_CACHE_CONTROL = "no-cache"
_WITHOUT_GRAPHIQL = (b"<html ", b'<html data-graphiql="off" ')
"""How the board is told that there is no GraphiQL to link to."""


def graphiql() -> Response:
    """Return the GraphiQL page, or a text that explains how to build it."""
    return _response(GRAPHIQL)


def routes(*, has_graphiql: bool) -> list[BaseRoute]:
    """Return the routes of the board, and those of GraphiQL's assets. GraphiQL itself is at the GraphQL endpoint."""

    async def board(_: Request) -> Response:
        return _response(BOARD) if has_graphiql else _response(BOARD, _WITHOUT_GRAPHIQL)

    pages = (BOARD, GRAPHIQL) if has_graphiql else (BOARD,)
    return [Route("/", board), *(Mount(page.assets_path, app=_Assets(page)) for page in pages)]


def _response(page: BuiltPage, change: tuple[bytes, bytes] = (b"", b"")) -> Response:
    """Return a page, or a text that explains how to build it. `change`: what is replaced in the page, and by what."""
    headers = {
        **_HEADERS,
        "Cache-Control": _PAGE_CACHE_CONTROL,
        "Content-Security-Policy": page.policy,
        "X-Frame-Options": "DENY",
    }
    try:
        return HTMLResponse(page.read().replace(*change, 1), headers=headers)
    except PageMissing as error:
        return PlainTextResponse(f"{error}\nThe API itself works without it.\n", headers=headers)


class _Assets(StaticFiles):
    """The scripts, styles and fonts of a page. A missing folder is treated as an empty one."""

    def __init__(self, page: BuiltPage) -> None:
        super().__init__(directory=page.assets, check_dir=False)

    async def check_config(self) -> None:
        # Starlette would raise for a missing folder at the first request.
        pass

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await self._compressed(path, scope) or await super().get_response(path, scope)
        response.headers.update({**_HEADERS, "Cache-Control": _ASSETS_CACHE_CONTROL, "Vary": "Accept-Encoding"})
        return response

    async def _compressed(self, path: str, scope: Scope) -> Response | None:
        """Return the compressed copy that the build has put beside an asset, for a client that reads it."""
        if "gzip" not in Headers(scope=scope).get("accept-encoding", "") or not self.lookup_path(f"{path}.gz")[1]:
            return None
        response = await super().get_response(f"{path}.gz", scope)
        response.headers["Content-Type"] = guess_type(path)[0] or "application/octet-stream"
        response.headers["Content-Encoding"] = "gzip"
        return response
