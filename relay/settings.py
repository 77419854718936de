"""The settings of a relay."""

from typing import Annotated

from pydantic import Field, StringConstraints
from pydantic_settings import BaseSettings, SettingsConfigDict

from tickql.relay.session import Start


class RelaySettings(BaseSettings):
    """Settings of a relay, from the environment (`TICKQL_RELAY_TO`, ...) or from keyword arguments."""

    model_config = SettingsConfigDict(env_prefix="TICKQL_RELAY_", frozen=True, hide_input_in_errors=True)

    to: str = Field("", repr=False, description="Address of the broker, such as `kafka://host:9092`.")
    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{0,64}$")] = Field(
        "",
        description="Name of the relay, by which the broker keeps its place. Empty: that of its kind of sink: `kafka`.",
    )
    user: str | None = Field(None, repr=False, description="User, if the address names none.")
    password: str | None = Field(None, repr=False, description="Password, if the address names no user.")
    start: Start = Field(
        Start.OLDEST,
        description="Where a relay without a place begins: at the `oldest` tick that Redis keeps, or the `newest`.",
    )
    metrics_port: int = Field(
        0, ge=0, le=65535, description="Port on which a relay serves its metrics at `/metrics`; 0: it does not."
    )
