"""The settings of the feed: the address of Redis, the namespace of the keys, and how many ticks Redis keeps."""

from typing import Annotated

from pydantic import Field, StringConstraints, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from tickql.feed.connection import connection_pool
from tickql.feed.keys import Keys
from tickql.feed.log_format import LogFormat
from tickql.feed.server_address import encoding_fault
from tickql.feed.tls import tls_fault


class FeedSettings(BaseSettings):
    """Settings of the feed, from the environment (`TICKQL_REDIS_URL`, ...) or from keyword arguments."""

    model_config = SettingsConfigDict(env_prefix="TICKQL_", frozen=True, hide_input_in_errors=True)

    redis_url: str = Field(
        "redis://127.0.0.1:6379/0",
        pattern=r"^(redis|rediss|unix)://",
        repr=False,
        description="Redis 7+ or Valkey 8+: `redis://`, `rediss://` (TLS) or `unix://`.",
    )
    namespace: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")] = Field(
        "market_data", description="Name of the channel of all ticks, and beginning of every key."
    )
    history_ticks: int = Field(
        100_000, ge=100, le=100_000_000, description="Ticks kept per symbol in Redis, for history and resuming."
    )

    log_format: LogFormat = Field(
        LogFormat.TEXT, description="`text`, or `json`: one object a line, for programs that collect logs."
    )

    @field_validator("redis_url")
    @classmethod
    def _check_address(cls, url: str) -> str:
        fault = encoding_fault(url) or tls_fault(url)
        if fault is not None:
            raise ValueError(f"not a Redis address: {fault}")
        try:
            # redis-py parses the address only here: a wrong one must fail at start, not at the first connection.
            connection_pool(url).make_connection()  # type: ignore[no-untyped-call]
        except (ValueError, TypeError) as error:
            # The parser's message quotes what it takes for the port.
            why = "is it host:port/number?" if "@" in url else str(error)
            raise ValueError(f"not a Redis address: {why}") from None
        return url

    @property
    def keys(self) -> Keys:
        """The names of keys and channels in Redis, in this namespace."""
        return Keys(self.namespace)
