"""The origin of an address: what of it is no secret. No I/O."""

from ipaddress import ip_address
from urllib.parse import urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_MAX_HOST_CHARACTERS = 253
"""The longest host name of DNS (RFC 1035, section 2.3.4)."""


def origin_of(url: str) -> str:
    """Return scheme, host and port as a browser writes them, such as `https://example.test:8443`.

    User, password, path and query, which may hold a secret, are not in it, nor is the port that the scheme implies.

    Raises:
        ValueError: it is no address, for example because of its port.
    """
    parts = urlsplit(url)
    host = _as_ascii(parts.hostname or "")
    port = "" if parts.port in (None, _DEFAULT_PORTS.get(parts.scheme)) else f":{parts.port}"
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}"


def keeps_secrets(url: str) -> bool:
    """Return whether nobody on the way can read what is sent to an address: it is `https`, or on this machine."""
    parts = urlsplit(url)
    return parts.scheme in ("https", "file") or _is_loopback(parts.hostname or "")


def _is_loopback(host: str) -> bool:
    # Browsers resolve `localhost` and what ends with it themselves (RFC 6761, section 6.3).
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _as_ascii(host: str) -> str:
    # Python needs seconds for a host of some 100,000 characters, which a page may well name.
    if len(host) > _MAX_HOST_CHARACTERS:
        return host
    try:
        encoded = host.encode("idna")
        # Browsers use a newer standard, with other names for a few letters, such as "ß". Those names stay as they are.
        return encoded.decode() if encoded.decode("idna") == host else host
    except UnicodeError:
        return host
