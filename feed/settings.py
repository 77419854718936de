"""The settings of the feed: the address of Redis, the namespace of the keys, and how many ticks Redis keeps."""

from functools import lru_cache
from typing import Annotated

from pydantic import Field, StringConstraints, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from tickql.feed.connection import connection_pool
from tickql.feed.keys import Keys
from tickql.feed.log_format import LogFormat
from tickql.feed.redis_address import RedisAddress, ServerKind
from tickql.feed.server_address import encoding_fault
from tickql.feed.tls import tls_fault


class FeedSettings(BaseSettings):
    """Settings of the feed, from the environment (`TICKQL_REDIS_URL`, ...) or from keyword arguments."""

    model_config = SettingsConfigDict(env_prefix="TICKQL_", frozen=True, hide_input_in_errors=True)

    redis_url: str = Field(
        "redis://127.0.0.1:6379/0",
        pattern=r"^((redis|rediss)(\+sentinel)?|unix)://",
        repr=False,
        description="Redis 7+ or Valkey 8+: `redis://`, `rediss://` (TLS) or `unix://`; a cluster: "
        "`redis://host1,host2/?cluster=1`; Sentinel: `redis+sentinel://host1,host2/NAME`.",
    )
    namespace: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")] = Field(
        "market_data", description="Name of the channel of all ticks, and beginning of every key."
    )
    history_ticks: int = Field(
        100_000, ge=100, le=100_000_000, description="Ticks kept per symbol in Redis, for history and resuming."
    )

    one_channel: bool | None = Field(
        None,
        description="Whether every tick is also published on the one channel of all symbols. Default: yes on one "
        "server, no in a cluster, where each node gets each such message.",
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
            address = RedisAddress.parse(url)
        except ValueError as error:
            # It does not quote the address, so it may be shown.
            raise ValueError(f"not a Redis address: {error}") from None
        try:
            # redis-py parses the address only here: a wrong one must fail at start, not at the first connection.
            for each in (*address.server_urls, *address.sentinel_urls):
                connection_pool(each).make_connection()  # type: ignore[no-untyped-call]
        except (ValueError, TypeError) as error:
            # The parser's message quotes what it takes for the port.
            known = isinstance(error.__context__, ValueError) or "@" in url
            why = "is it host:port/number?" if known else str(error)
            raise ValueError(f"not a Redis address: {why}") from None
        return url

    @property
    def keys(self) -> Keys:
        """The names of keys and channels in Redis, in this namespace."""
        is_cluster = _address(self.redis_url).kind is ServerKind.CLUSTER
        return Keys(
            self.namespace, is_cluster, one_channel=not is_cluster if self.one_channel is None else self.one_channel
        )


# Asked for with each call of some readers.
_address = lru_cache(maxsize=16)(RedisAddress.parse)
