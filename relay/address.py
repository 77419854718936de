"""The address of a broker: `scheme://user:password@host:port,host2:port/path?option=value`. No I/O."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import unquote

from tickql.feed.server_address import encoding_fault
from tickql.relay.errors import InvalidAddress

_MAX_PORT = 65_535


@dataclass(frozen=True, slots=True)
class SinkAddress:
    """A parsed address. User, password, path and options are decoded; `None`: the address has none.

    `str` and `repr` show neither user, password nor options, so that they may stand in a log.
    """

    scheme: str
    hosts: tuple[tuple[str, int | None], ...]
    """At least one: names or IP addresses (of IPv6 without brackets), each with its port; `None`: the usual port."""
    path: str = ""
    """Without the slash in front of it."""
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    options: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def parse(cls, text: str, user: str | None = None, password: str | None = None) -> Self:
        """Parse an address. `user`, `password`: used if the address names no user.

        Raises:
            InvalidAddress: `text` has another form.
        """
        if not text:
            raise InvalidAddress("name a broker with --to, such as kafka://host:9092")
        scheme, separator, rest = text.partition("://")
        if not separator or not scheme.isascii():
            raise InvalidAddress("the address of a broker is like kafka://host:9092")
        if (fault := encoding_fault(text)) is not None:
            raise InvalidAddress(f"not an address of a broker: {fault}")
        login, at, place = rest.rpartition("@")
        if at:
            given_user, colon, given_password = login.partition(":")
            user, password = unquote(given_user), unquote(given_password) if colon else None
        servers, _, query = place.partition("?")
        servers, _, path = servers.partition("/")
        hosts = tuple(_host(each) for each in servers.split(",") if each)
        if not hosts:
            raise InvalidAddress(f"the address {scheme}:// names no host: write {scheme}://host:port")
        return cls(scheme.lower(), hosts, unquote(path), user, password, _options(query))

    def __str__(self) -> str:
        path = f"/{self.path}" if self.path else ""
        return f"{self.scheme}://{self.servers()}{path}"

    def servers(self, port: int | None = None) -> str:
        """Return `host:port,host2:port`. `port`: for hosts without one; `None`: they stay without."""
        return ",".join(_server(host, own or port) for host, own in self.hosts)

    def check_options(self, known: Collection[str]) -> None:
        """Check that there are no other options than these.

        Raises:
            InvalidAddress: there is another one.
        """
        for name in self.options:
            if name not in known:
                raise InvalidAddress(f"{self} has the unknown option {name[:40]!r}; known are {', '.join(known)}")

    def count(self, name: str, default: int | None = None) -> int | None:
        """Return an option that is a positive whole number, or `default` if it is not given.

        Raises:
            InvalidAddress: it is anything else.
        """
        text = self.options.get(name)
        if text is None:
            return default
        if not (text.isascii() and text.isdigit() and 0 < int(text) < 2**31):
            raise InvalidAddress(f"{self}: {name}={text[:40]!r} is not a positive whole number")
        return int(text)

    def choice(self, name: str, choices: Collection[str], default: str) -> str:
        """Return an option that is one of these words, or `default` if it is not given.

        Raises:
            InvalidAddress: it is anything else.
        """
        text = self.options.get(name, default)
        if text not in choices:
            raise InvalidAddress(f"{self}: {name}={text[:40]!r} is none of {', '.join(choices)}")
        return text


def _server(host: str, port: int | None) -> str:
    name = f"[{host}]" if ":" in host else host
    return name if port is None else f"{name}:{port}"


def _host(server: str) -> tuple[str, int | None]:
    if server.startswith("["):
        host, bracket, rest = server[1:].partition("]")
        port = rest.removeprefix(":") if bracket and (not rest or rest.startswith(":")) else "?"
    else:
        host, _, port = server.partition(":")
    if not host or (port and not (port.isascii() and port.isdigit() and 0 < int(port) <= _MAX_PORT)):
        raise InvalidAddress(f"not an address of a broker: {server[:60]!r} is not host:port")
    return unquote(host), int(port) if port else None


def _options(query: str) -> dict[str, str]:
    options = {}
    for part in query.split("&"):
        name, equals, value = part.partition("=")
        if part and not equals:
            raise InvalidAddress(f"not an address of a broker: option {name[:40]!r} has no value")
        if part:
            options[unquote(name)] = unquote(value)
    return options
