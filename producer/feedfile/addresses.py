"""The origin of an address: what of it is no secret. No I/O."""

from urllib.parse import urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


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


def _as_ascii(host: str) -> str:
    try:
        encoded = host.encode("idna")
        # Browsers use a newer standard, with other names for a few letters, such as "ß". Those names stay as they are.
        return encoded.decode() if encoded.decode("idna") == host else host
    except UnicodeError:
        return host
