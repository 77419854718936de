"""How many connections one process serves: in all, per address, and before they have said what they want."""

from collections import Counter
from collections.abc import Sequence
from ipaddress import IPv6Address, ip_address, ip_network

from tickql.api.limits.refusals import refusals
from tickql.api.settings import ApiSettings
from tickql.api.traffic import traffic

_RESERVED_FILES = 64
"""Open files that are no connections of clients: Redis, log files, sockets that wait to be closed."""
_IPV6_CLIENT_BITS = 64
"""A client with one IPv6 address has the whole network of this length."""


class Admission:
    """The place of one connection. Its owner calls `release` once, when the connection is lost."""

    __slots__ = ("_address", "_is_new", "_limiter", "is_proxied")

    def __init__(self, limiter: "ConnectionLimiter", address: str | None, is_proxied: bool) -> None:
        self.is_proxied = is_proxied
        """Whether a trusted proxy has opened the connection: its client's address comes with each request."""
        self._limiter = limiter
        self._address = address
        self._is_new = True

    def established(self) -> None:
        """Count the connection no longer as one before init: a request or `connection_init` has arrived."""
        if self._is_new:
            self._is_new = False
            self._limiter.before_init -= 1

    def attribute(self, address: str | None) -> bool:
        """Count the connection for the client that a proxy names. Returns whether that client may have one more."""
        self._limiter.forget(self._address)
        self._address = None
        if not self._limiter.has_room_for(address):
            return False
        self._address = address
        self._limiter.remember(address)
        return True

    def release(self) -> None:
        """Give the place back."""
        self.established()
        self._limiter.in_all -= 1
        traffic.connections -= 1
        self._limiter.forget(self._address)


class ConnectionLimiter:
    """Counts the connections of one process."""

    def __init__(self, settings: ApiSettings, open_files: int | None = None) -> None:
        """`open_files`: how many files the process may have open, `None`: that is not known."""
        most = settings.max_connections
        self.max_in_all = most if open_files is None else max(1, min(most, open_files - _RESERVED_FILES))
        self.in_all = 0
        self.before_init = 0
        self._max_per_address = settings.max_connections_per_address
        self._max_before_init = settings.max_connections_before_init
        self._proxies = [ip_network(network) for network in settings.trusted_proxies]
        self._by_address: Counter[str] = Counter()

    def admit(self, address: str | None) -> Admission | None:
        """Return the place of a new connection; `None`: there is none. `address`: `None` for a Unix socket."""
        is_proxied = self._is_proxy(address)
        network = None if is_proxied else _network(address)
        if self.in_all >= self.max_in_all:
            refusals.refused("a connection, because too many are open", str(self.in_all))
            return None
        if self.before_init >= self._max_before_init:
            refusals.refused("a connection, because too many are open before init", str(self.before_init))
            return None
        if not self.has_room_for(network):
            return None
        self.in_all += 1
        traffic.connections += 1
        self.before_init += 1
        self.remember(network)
        return Admission(self, network, is_proxied)

    def has_room_for(self, network: str | None) -> bool:
        """Whether one more connection of this address is allowed."""
        if network is None or self._by_address[network] < self._max_per_address:
            return True
        refusals.refused("a connection, because its address has too many", network)
        return False

    def remember(self, network: str | None) -> None:
        """Count one more connection of an address."""
        if network is not None:
            self._by_address[network] += 1

    def forget(self, network: str | None) -> None:
        """Count one connection less of an address."""
        if network is not None:
            self._by_address[network] -= 1
            if not self._by_address[network]:
                del self._by_address[network]

    def client_address(self, headers: Sequence[tuple[bytes, bytes]]) -> str | None:
        """Return the address for which a trusted proxy has sent a request: the last one that is no proxy itself."""
        forwarded = b",".join(value for name, value in headers if name == b"x-forwarded-for")
        addresses = [part.strip() for part in forwarded.decode("latin-1").split(",")]
        return next((_network(each) for each in reversed(addresses) if not self._is_proxy(each)), None)

    def _is_proxy(self, address: str | None) -> bool:
        if not self._proxies or address is None:
            return False
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._proxies)


def _network(address: str | None) -> str | None:
    """Return what counts as one client: an IPv4 address, or an IPv6 network. `None`: there is no address."""
    if address is None or ":" not in address:
        return address or None
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ip_network((int(parsed), _IPV6_CLIENT_BITS), strict=False))
