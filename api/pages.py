"""The pages for browsers, the board and GraphiQL, as HTTP responses under a strict Content-Security-Policy."""

from mimetypes import guess_type
from pathlib import Path

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from tickql.api.graphiql import page as graphiql_page
from tickql.api.web_board import page as board_page

_HEADERS = {"Referrer-Policy": "no-referrer"}
_ASSETS_CACHE_CONTROL = "public, max-age=31536000, immutable"
_PAGE_CACHE_CONTROL = "no-cache"


def graphiql() -> Response:
    """Return the GraphiQL page, or a text that explains how to build it."""
    headers = _page_headers(graphiql_page.CSP)
    try:
        return HTMLResponse(graphiql_page.read_page(), headers=headers)
    except graphiql_page.GraphiqlMissing as error:
        return PlainTextResponse(f"{error}\nThe API itself works without it.\n", headers=headers)


def board() -> Response:
    """Return the board, or a text that explains how to build it and where GraphiQL is."""
    headers = _page_headers(board_page.CSP)
    try:
        return HTMLResponse(board_page.read_page(), headers=headers)
    except board_page.BoardMissing as error:
        return PlainTextResponse(f"{error}\nThe API works without it, and GraphiQL is at /graphql.\n", headers=headers)


def routes() -> list[BaseRoute]:
    """Return the routes of the board and of both pages' assets. GraphiQL itself is at the GraphQL endpoint."""
    return [
        Route("/", _board),
        Mount(board_page.ASSETS_PATH, app=_Assets(board_page.ASSETS)),
        Mount(graphiql_page.ASSETS_PATH, app=_Assets(graphiql_page.ASSETS)),
    ]


async def _board(_: Request) -> Response:
    return board()


def _page_headers(policy: str) -> dict[str, str]:
    return {
        **_HEADERS,
        "Cache-Control": _PAGE_CACHE_CONTROL,
        "Content-Security-Policy": policy,
        "X-Frame-Options": "DENY",
    }


class _Assets(StaticFiles):
    """The scripts, styles and fonts of a page. A missing folder is treated as an empty one."""

    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder, check_dir=False)

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
