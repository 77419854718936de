"""Which hosts and web pages may use the API: middleware before everything else.

A browser sends a page's requests to any address, also to one that only this machine can reach. Three headers tell where
a request comes from, and no page can change them:

* `Host`: after DNS rebinding, a page of `evil.example` reaches this server under that name. So only the names of this
  server are served. An IP address is one: a name is needed to rebind.
* `Origin`: the page of a cross-site request. Only pages of the server and of `allowed_origins` are served.
* `Sec-Fetch-Site`: says the same for requests without an `Origin`, such as those of an image. A person who follows a
  link (`Sec-Fetch-Mode: navigate`) gets the page that the link leads to.
"""

from collections.abc import Collection
from ipaddress import ip_address

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from strawberry.http.websocket_origin import is_same_origin, normalize_origin

from tickql.api.limits.refusals import refusals
from tickql.api.settings import ApiSettings
from tickql.api.transport.close_codes import POLICY_VIOLATION

_OPEN_PATHS = ("/healthz", "/readyz")
"""Paths that tell nothing worth protecting: a load balancer asks for them under any name, or under none."""
_FOREIGN_SITES = ("cross-site", "same-site")


class SiteRules:
    """Refuses requests of foreign hosts with 421, of foreign pages with 403, and without one `Host` with 400."""

    def __init__(self, app: ASGIApp, settings: ApiSettings) -> None:
        self._app = app
        self._hosts = frozenset(("localhost", settings.host.lower(), *settings.allowed_hosts))
        self._origins: Collection[str] = settings.allowed_origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or refuse it."""
        is_checked = scope["type"] in ("http", "websocket") and scope["path"] not in _OPEN_PATHS
        refusal = self._refusal(Headers(scope=scope)) if is_checked else None
        if refusal is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            # A close before the handshake is accepted becomes the HTTP response 403.
            await send({"type": "websocket.close", "code": POLICY_VIOLATION})
        else:
            status, code, message = refusal
            error = {"message": message, "extensions": {"code": code}}
            await JSONResponse({"errors": [error]}, status)(scope, receive, send)

    def _refusal(self, headers: Headers) -> tuple[int, str, str] | None:
        """Return status, code and message of a refusal; `None`: the request is served."""
        hosts = headers.getlist("host")
        if len(hosts) != 1:
            return 400, "BAD_REQUEST", "a request needs one Host header"
        if not self._is_own(hosts[0]):
            refusals.refused("request for a host that is not in TICKQL_ALLOWED_HOSTS", f"{hosts[0]!a:.80}")
            return 421, "MISDIRECTED_REQUEST", "this server is not known by that name"
        if not self._may_ask(headers, hosts[0]):
            origin = headers.get("origin", "unknown")
            refusals.refused("request of a page that is not in TICKQL_ALLOWED_ORIGINS", f"{origin!a:.80}")
            return 403, "FORBIDDEN", "pages of that origin may not use this server"
        return None

    def _is_own(self, host: str) -> bool:
        name = _host_name(host)
        if name in self._hosts or "*" in self._hosts or name.endswith(".localhost"):
            return True
        try:
            ip_address(name)
        except ValueError:
            return False
        return True

    def _may_ask(self, headers: Headers, host: str) -> bool:
        if "*" in self._origins:
            return True
        origin = headers.get("origin")
        if origin is not None:
            return is_same_origin(origin, host) or normalize_origin(origin) in self._origins
        is_link = headers.get("sec-fetch-mode") == "navigate"
        return is_link or headers.get("sec-fetch-site") not in _FOREIGN_SITES


def _host_name(host: str) -> str:
    """Return the name or address of a `Host` header, without port and brackets, in lower case."""
    if host.startswith("[") and "]" in host:
        return host[1 : host.index("]")]
    return host.rpartition(":")[0].lower() if ":" in host else host.lower()
