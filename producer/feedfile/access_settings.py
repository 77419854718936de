"""How the browser gets to the page's server: a proxy, HTTP authentication, or a browser that runs already."""

import re
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from tickql.producer.errors import excerpt
from tickql.producer.feedfile.addresses import origin_of
from tickql.producer.feedfile.page_steps import Secret
from tickql.producer.feedfile.section import Section

SecretText = Annotated[str, Field(min_length=1, max_length=500)] | Secret

_PROXY_SCHEMES = ("http", "https", "socks4", "socks5")
_ATTACH_SCHEMES = ("http", "https", "ws", "wss")
_HOST_END = re.compile("[/?#]")


class ProxySettings(Section):
    """A proxy for all requests of the page. In the file: its address, or a table."""

    server: str
    """Such as `http://127.0.0.1:3128` or `socks5://127.0.0.1:1080`."""
    username: SecretText | None = None
    password: SecretText | None = None
    bypass: Annotated[tuple[str, ...], Field(max_length=100)] = ()
    """Hosts that are reached without the proxy, such as `.example.test`."""

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, given: Any) -> Any:
        return {"server": given} if isinstance(given, str) else given

    @model_validator(mode="after")
    def _check_server(self) -> Self:
        # First, so that no password is shown.
        if "@" in self.server:
            raise ValueError(
                "the user of a proxy has keys of its own: { server = ..., username = ..., password = ... }"
            )
        parts = urlsplit(self.server)
        if parts.scheme not in _PROXY_SCHEMES or not parts.hostname:
            raise ValueError(f"{excerpt(self.server)!r} is not the address of a proxy, such as http://127.0.0.1:3128")
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password go together")
        if self.username is not None and parts.scheme.startswith("socks"):
            raise ValueError(f"username and {parts.scheme} exclude each other: the browser has no login for it")
        return self


class HttpAuthSettings(Section):
    """A user name and a password for the site's HTTP authentication. Sent only to the origin of the page's address."""

    username: SecretText
    password: SecretText


def _check_attach(url: str) -> str:
    # The address is not shown: it may hold a token.
    if "@" in _HOST_END.split(url.partition("://")[2])[0]:
        raise ValueError("attach takes no user name and no password: give the address without them")
    if not _is_debugging_port(url):
        raise ValueError("attach is not the address of a browser, such as http://127.0.0.1:9222")
    return url


def _is_debugging_port(url: str) -> bool:
    try:
        scheme, _, host = origin_of(url).partition("://")
    except ValueError:
        # For example a port that is no number.
        return False
    return scheme in _ATTACH_SCHEMES and bool(host)


AttachAddress = Annotated[str, AfterValidator(_check_attach)]
"""The address of a browser's debugging port, such as `http://127.0.0.1:9222`."""
