"""The settings of the API server: where it listens, and which clients it accepts."""

import secrets
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode
from strawberry.http.websocket_origin import normalize_allowed_origins

from tickql.feed.settings import FeedSettings


class ApiSettings(FeedSettings):
    """Settings of the API and of the feed, from the environment (`TICKQL_PORT`, ...) or from keyword arguments."""

    host: str = Field(
        "127.0.0.1",
        description="Address to listen on. Any other than a loopback address needs tokens, or `TICKQL_INSECURE=1`.",
    )
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0: any free port.")
    insecure: bool = Field(
        False,
        description="Serve without tokens on an address that other machines can reach: everybody who reaches it may "
        "read every price.",
    )
    production: bool = Field(
        False,
        description="Tell nothing of the API's schema: no GraphiQL page, no introspection, no suggestions in errors.",
    )
    token_file: Path | None = Field(
        None, description="File with the tokens of clients, made by `tickql token new`. With it every client needs one."
    )
    jwt_keys: str | None = Field(
        None,
        description="What verifies the JWTs of clients: a file with a JWK set, a public key in PEM or a secret, or the "
        "address of a JWK set.",
    )
    jwt_issuer: str | None = Field(None, description="What the claim `iss` of a JWT must be.")
    jwt_audience: str | None = Field(
        None, description="What the claim `aud` of a JWT must be. Without it a JWT may have none."
    )
    jwt_symbols_claim: str = Field(
        "symbols", min_length=1, description="The claim of a JWT with its symbols and patterns, such as `ES FX:*`."
    )
    jwt_role_claim: str = Field(
        "role", min_length=1, description="The claim of a JWT with `reader`, which is the default, or `operator`."
    )
    ticket_secret: SecretStr = Field(
        default_factory=lambda: SecretStr(secrets.token_urlsafe(32)),
        description="What tickets are signed with. Servers behind one address need the same. Default: a random one.",
    )
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Web origins whose pages may use the API, besides the server's own, separated by commas: "
        "`http://localhost:5173`. `*` allows every page.",
    )
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Names under which clients reach the server, besides `localhost`, `TICKQL_HOST` and IP addresses, "
        "separated by commas: `prices.example`. `*` allows every name, also one that an attacker's page was given.",
    )
    ping_interval_s: float = Field(
        15.0, ge=0.05, le=3600, description="Seconds between the server's pings on a GraphQL WebSocket."
    )
    stop_timeout_s: int = Field(
        4, ge=1, le=60, description="Seconds in which all connections are closed when the server stops, 500 a second."
    )
    max_connections: int = Field(
        10_000, ge=1, description="Connections of one worker. A further one is answered with 503 and closed."
    )
    max_connections_per_address: int = Field(
        2_000, ge=1, description="Connections of one worker from one client address, for IPv6 from one /64 network."
    )
    max_connections_before_init: int = Field(
        3_000, ge=1, description="Connections of one worker without a complete request or `connection_init` yet."
    )
    max_operations_per_connection: int = Field(
        100, ge=1, description="Operations that run at the same time on one GraphQL WebSocket."
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Addresses or networks of reverse proxies, separated by commas: their `X-Forwarded-For` is the "
        "client's address.",
    )

    # pydantic-settings would expect JSON for a tuple: `NoDecode` above leaves the text to this validator.
    @field_validator("allowed_origins", "allowed_hosts", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("allowed_hosts")
    @classmethod
    def _lower(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(host.lower() for host in value)

    @field_validator("allowed_origins")
    @classmethod
    def _normalize(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(sorted(normalize_allowed_origins(value)))

    @field_validator("trusted_proxies")
    @classmethod
    def _check_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(str(ip_network(network)) for network in value)

    @property
    def has_tokens(self) -> bool:
        """Whether clients need a token."""
        return self.token_file is not None or self.jwt_keys is not None

    @property
    def is_loopback(self) -> bool:
        """Whether `host` can be reached from this machine only. A name other than `localhost` counts as reachable."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False

    def environment(self) -> dict[str, str]:
        """Return the settings as environment variables, for worker processes."""
        values = self.model_dump()
        values = {name: value for name, value in values.items() if value is not None}
        values["ticket_secret"] = self.ticket_secret.get_secret_value()
        values |= {name: ",".join(value) for name, value in values.items() if isinstance(value, tuple)}
        return {f"TICKQL_{name.upper()}": str(value) for name, value in values.items()}
