"""The TLS options of a Redis address, those of redis-py: `rediss://host?ssl_ca_certs=/etc/ca.pem`."""

import ssl
from urllib.parse import parse_qsl, urlsplit

CA, CERTIFICATE, KEY = "ssl_ca_certs", "ssl_certfile", "ssl_keyfile"


def tls_fault(url: str) -> str | None:
    """Return what is wrong with the files that an address names, for people; `None`: nothing.

    They are read for that. Each connection reads them again: a certificate may be replaced while tickql runs.
    """
    scheme, options = url.partition("://")[0], _options(url)
    if not options:
        return None
    if scheme != "rediss":
        return f"{next(iter(options))} needs TLS: rediss:// instead of {scheme}://"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        if ca := options.get(CA):
            named = f"{CA}, {ca}"
            context.load_verify_locations(ca)
        if (certificate := options.get(CERTIFICATE)) or KEY in options:
            named = f"{CERTIFICATE}, {certificate}"
            if certificate is None:
                return f"{KEY} needs {CERTIFICATE}"
            if key := options.get(KEY):
                named += f", with {KEY}, {key}"
            context.load_cert_chain(certificate, key, options.get("ssl_password", ""))
    except ssl.SSLError as error:
        return f"{named}: not in PEM format, or not a pair ({error.reason or error})"
    except OSError as error:
        return f"{named}: {error.strerror}"
    return None


def _options(url: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(urlsplit(url).query)
    except ValueError:
        # Not an address at all, which redis-py says.
        return {}
    return {name: value for name, value in pairs if name.startswith("ssl_")}
