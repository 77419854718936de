"""What both sinks read from an address of RabbitMQ: servers, login, virtual host, TLS."""

import ssl
from dataclasses import dataclass

from tickql.relay.address import SinkAddress
from tickql.relay.errors import InvalidAddress

TLS_OPTIONS = ("cacertfile", "certfile", "keyfile", "verify")
"""The options of TLS in addresses of RabbitMQ (its "URI query parameters")."""


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Where RabbitMQ is and who logs in. `tls`: `None` without TLS. `text`: the address without login and options."""

    hosts: tuple[tuple[str, int], ...]
    user: str
    password: str
    vhost: str
    tls: ssl.SSLContext | None
    text: str

    @classmethod
    def read(cls, address: SinkAddress, tls_scheme: str, port: int, tls_port: int) -> "BrokerAddress":
        """Read an address. `port`, `tls_port`: for hosts that name none.

        Raises:
            InvalidAddress: an option of TLS cannot be used.
        """
        with_tls = address.scheme == tls_scheme
        if not with_tls:
            _check_no_tls(address, tls_scheme)
        usual = tls_port if with_tls else port
        return cls(
            tuple((host, own or usual) for host, own in address.hosts),
            # The account that RabbitMQ has from its installation on; it may log in on the same machine only.
            address.user if address.user is not None else "guest",
            address.password if address.password is not None else "guest",
            address.path or "/",
            _tls(address) if with_tls else None,
            str(address),
        )


def _check_no_tls(address: SinkAddress, tls_scheme: str) -> None:
    for name in TLS_OPTIONS:
        if name in address.options:
            raise InvalidAddress(f"{address}: {name} needs TLS: {tls_scheme}:// instead of {address.scheme}://")


def _tls(address: SinkAddress) -> ssl.SSLContext:
    ca, certificate = address.options.get("cacertfile"), address.options.get("certfile")
    key = address.options.get("keyfile")
    verify = address.choice("verify", ("verify_peer", "verify_none"), "verify_peer")
    try:
        named = ca
        context = ssl.create_default_context(cafile=ca)
        if verify == "verify_none":
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if certificate is not None or key is not None:
            named = f"{certificate} with keyfile {key}"
            if certificate is None:
                raise InvalidAddress(f"{address}: keyfile needs certfile")
            # Without `password` OpenSSL would ask at the terminal for that of an encrypted key.
            context.load_cert_chain(certificate, key, password="")
    except ssl.SSLError as error:
        raise InvalidAddress(
            f"{address}: {named}: not in PEM format, or not a pair ({error.reason or error})"
        ) from None
    except OSError as error:
        raise InvalidAddress(f"{address}: {named}: {error.strerror}") from None
    return context
