"""The web site of a broker: a board behind a login, with dialogs, a notice of delay, an idle logout, a challenge."""

import secrets
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.support.site import Site

KINDS = ("cookie", "local", "indexed", "session")
"""Where the site keeps the token of a login in the browser. A board of kind `open` needs none."""
USER, PASSWORD = "ada", "correct horse"
_PAGES = Path(__file__).parent / "broker_pages"


class Broker(Site):
    """The site and its state. Tests change the state, and read what happened."""

    def __init__(self) -> None:
        super().__init__(
            Route("/token.js", self.script),
            Route("/{kind}/accepted", self.accept, methods=["POST"]),
            Route("/{kind}/login", self.login_page),
            Route("/{kind}/login", self.login, methods=["POST"]),
            Route("/{kind}/board", self.board),
            Route("/{kind}/quotes", self.quotes),
        )
        self.attempts: list[tuple[str, bool]] = []
        """Of each login: the kind, and whether it was accepted."""
        self.boards = 0
        """Requests for a board."""
        self.delayed = False
        """Whether boards show a notice that prices are delayed."""
        self.dialogs = 0
        """Dialogs that a board shows in all."""
        self.accepted = 0
        """Dialogs that were clicked away."""
        self.dialogs_per_click = 0
        """New dialogs that each click causes."""
        self.challenged = False
        """Whether boards answer with a challenge (HTTP 403)."""
        self.refused = False
        """Whether boards answer with HTTP 429."""
        self.tokens: set[str] = set()
        """Of all logins that are valid."""

    def log_everybody_out(self) -> None:
        self.tokens.clear()

    async def challenge(self, request: Request) -> Response:
        return HTMLResponse(
            "<!doctype html><title>Just a moment...</title><script>setTimeout(() => location.reload(), 500)</script>",
            403,
            {"cf-mitigated": "challenge"},
        )

    async def script(self, request: Request) -> Response:
        return Response((_PAGES / "token.js").read_text(), media_type="text/javascript")

    async def accept(self, request: Request) -> Response:
        self.accepted += 1
        self.dialogs += self.dialogs_per_click
        self._changes.notify()
        return Response()

    async def until_accepted(self, count: int) -> None:
        """Wait until `count` dialogs were clicked away."""
        await self.until(lambda: self.accepted >= count)

    async def login_page(self, request: Request) -> Response:
        return HTMLResponse((_PAGES / "login.html").read_text())

    async def login(self, request: Request) -> Response:
        kind, given = request.path_params["kind"], await request.json()
        accepted = given == {"user": USER, "password": PASSWORD}
        self.attempts.append((kind, accepted))
        if not accepted:
            return JSONResponse({"error": "wrong user or password"}, 401)
        token = secrets.token_hex(8)
        self.tokens.add(token)
        if kind != "cookie":
            return JSONResponse({"token": token})
        answer = JSONResponse({})
        answer.set_cookie("token", token, httponly=True)
        return answer

    async def board(self, request: Request) -> Response:
        self.boards += 1
        if self.challenged:
            return await self.challenge(request)
        if self.refused:
            return HTMLResponse("no", 429, {"retry-after": "1000"})
        if request.path_params["kind"] == "cookie" and request.cookies.get("token") not in self.tokens:
            return RedirectResponse("login")
        return HTMLResponse((_PAGES / "board.html").read_text())

    async def quotes(self, request: Request) -> Response:
        token = request.headers.get("authorization") or request.cookies.get("token")
        if token not in self.tokens and request.path_params["kind"] != "open":
            return JSONResponse({}, 401)
        return JSONResponse({"delayed": self.delayed, "dialogs": self.dialogs})
