"""The address of Redis: one server, the nodes of a cluster, or Sentinels that know which server is the primary. No I/O.

| address | what it names |
| --- | --- |
| `redis://host:6379/0`, `rediss://...` (TLS), `unix:///path` | one server |
| `redis://host1:7000,host2:7000/?cluster=1` | some nodes of a Redis or Valkey Cluster; they name the others |
| `redis+sentinel://host1:26379,host2/name/0` | Sentinels, and the name that they have for the primary |

User, password, and all other options are those for every server. Sentinels that need a login of their own:
`?sentinel_username=...&sentinel_password=...`.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self
from urllib.parse import parse_qsl, quote, urlencode

_PORT, _SENTINEL_PORT = 6379, 26379
_CLUSTER = "cluster"
_SENTINEL_LOGIN = ("sentinel_username", "sentinel_password")
SCHEMES = ("redis", "rediss", "unix", "redis+sentinel", "rediss+sentinel")


class ServerKind(StrEnum):
    """What an address names."""

    SINGLE = "SINGLE"
    CLUSTER = "CLUSTER"
    SENTINEL = "SENTINEL"


@dataclass(frozen=True, slots=True)
class Node:
    """Where one server listens."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class RedisAddress:
    """An address that `parse` has read.

    `nodes`: the servers, nodes or Sentinels that it names; none for `unix://`. `primary_name`: what the Sentinels call
    the primary; empty for other kinds.
    """

    kind: ServerKind
    nodes: tuple[Node, ...]
    primary_name: str
    _url: str
    _scheme: str
    _login: str
    _database: str
    _options: tuple[tuple[str, str], ...]

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read an address.

        Raises:
            ValueError: it is none; the message says what to write. It does not quote the address.
        """
        scheme, _, rest = url.partition("://")
        login, at, place = rest.rpartition("@")
        place, _, query = place.partition("?")
        if scheme == "unix":
            return cls(ServerKind.SINGLE, (), "", url, scheme, login + at, "", ())
        hosts, _, path = place.partition("/")
        options = parse_qsl(query, keep_blank_values=True)
        is_cluster = dict(options).get(_CLUSTER, "0").lower() in ("1", "true", "yes")
        kept = tuple(option for option in options if option[0] != _CLUSTER)
        kind = ServerKind.CLUSTER if is_cluster else ServerKind.SINGLE
        name, database = "", path
        if scheme.endswith("+sentinel"):
            kind = ServerKind.SENTINEL
            name, _, database = path.partition("/")
            if is_cluster:
                raise ValueError("Sentinels do not serve a cluster: drop cluster=1")
            if not name:
                raise ValueError("the name of the primary is missing: redis+sentinel://host1,host2/NAME")
        port = _SENTINEL_PORT if kind is ServerKind.SENTINEL else _PORT
        nodes = tuple(_node(each, port) for each in hosts.split(","))
        if kind is ServerKind.SINGLE and len(nodes) > 1:
            raise ValueError(
                "it names several servers: end it with /?cluster=1 if they are a Redis Cluster, "
                "or write redis+sentinel://host1,host2/NAME if they are Sentinels"
            )
        if is_cluster and database not in ("", "0"):
            raise ValueError("a cluster has only database 0")
        return cls(kind, nodes, name, url, scheme.removesuffix("+sentinel"), login + at, database, kept)

    def url_of(self, node: Node) -> str:
        """Return the address of one server, for redis-py: with this address's login, database and options."""
        query = urlencode([option for option in self._options if option[0] not in _SENTINEL_LOGIN])
        return f"{self._scheme}://{self._login}{node}/{self._database}{f'?{query}' if query else ''}"

    @property
    def server_urls(self) -> tuple[str, ...]:
        """The addresses of the servers that it names, for redis-py; of Sentinels none."""
        if self.kind is ServerKind.SENTINEL:
            return ()
        return tuple(map(self.url_of, self.nodes)) or (self._url,)

    @property
    def sentinel_urls(self) -> tuple[str, ...]:
        """The addresses of the Sentinels, for redis-py."""
        if self.kind is not ServerKind.SENTINEL:
            return ()
        given = dict(self._options)
        user, password = (quote(given.get(name, ""), safe="") for name in _SENTINEL_LOGIN)
        login = f"{user}:{password}@" if password else ""
        query = urlencode([option for option in self._options if option[0] not in _SENTINEL_LOGIN])
        return tuple(f"{self._scheme}://{login}{node}/{f'?{query}' if query else ''}" for node in self.nodes)

    def shard_url(self, node: Node) -> str:
        """Return the address of one node of a cluster, which still says that it is a cluster."""
        url = self.url_of(node)
        return f"{url}{'&' if '?' in url else '?'}{_CLUSTER}=1"


def _node(text: str, default_port: int) -> Node:
    if text.startswith("["):
        host, bracket, port = text[1:].partition("]")
        port = port.removeprefix(":")
        if not bracket:
            raise ValueError("a bracket ] is missing")
    else:
        host, _, port = text.partition(":")
    if not host and text:
        raise ValueError("a host is missing")
    if port and not (port.isdecimal() and 0 < int(port) < 65_536):
        raise ValueError("is it host:port/number?")
    return Node(host or "localhost", int(port or default_port))
