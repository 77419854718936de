"""The GraphiQL page and its files as HTTP responses, under a strict Content-Security-Policy."""

from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from tickql.api.graphiql.page import (
    ASSETS,
    ASSETS_CACHE_CONTROL,
    ASSETS_PATH,
    CSP,
    PAGE_CACHE_CONTROL,
    GraphiqlMissing,
    read_page,
)

_HEADERS = {"Referrer-Policy": "no-referrer"}
_PAGE_HEADERS = {
    **_HEADERS,
    "Cache-Control": PAGE_CACHE_CONTROL,
    "Content-Security-Policy": CSP,
    "X-Frame-Options": "DENY",
}


def graphiql() -> Response:
    """Return the page, or a text that explains how to build it."""
    try:
        return HTMLResponse(read_page(), headers=_PAGE_HEADERS)
    except GraphiqlMissing as error:
        return PlainTextResponse(f"{error}\nThe API itself works without it.\n", headers=_PAGE_HEADERS)


class _Assets(StaticFiles):
    """The scripts and styles of the page. A missing folder is treated as an empty one."""

    async def check_config(self) -> None:
        # Starlette would raise for a missing folder at the first request.
        pass

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers.update({**_HEADERS, "Cache-Control": ASSETS_CACHE_CONTROL})
        return response


def assets() -> Mount:
    """Return the route to the page's scripts and styles."""
    return Mount(ASSETS_PATH, app=_Assets(directory=ASSETS, check_dir=False))
