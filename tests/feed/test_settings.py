"""Where the feed is: addresses and names that cannot work are refused before anything is tried."""

import pytest
from pydantic import ValidationError

from tickql.feed.settings import FeedSettings


@pytest.mark.parametrize(
    "url",
    [
        "redis://127.0.0.1:6379/0",
        "redis://localhost",
        "redis://user:p%40ss@[::1]:6380/3",
        "rediss://example.org:6380",
        "unix:///run/redis.sock",
        "unix:///run/redis.sock?db=2",
    ],
)
def test_a_valid_address_is_accepted(url: str) -> None:
    assert FeedSettings(redis_url=url).redis_url == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:6379",
        "http://localhost",
        "redis://localhost:abc",
        "redis://localhost:99999",
        "redis://[::1",
        "redis://localhost?socket_timeout=x",
        "redis://localhost?nonsense=1",
    ],
)
def test_an_invalid_address_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="redis_url"):
        FeedSettings(redis_url=url)


@pytest.mark.parametrize("namespace", ["", "a b", "a{b}", "n" * 65, "ü"])
def test_an_invalid_namespace_is_refused(namespace: str) -> None:
    with pytest.raises(ValidationError, match="namespace"):
        FeedSettings(namespace=namespace)


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TICKQL_REDIS_URL", "redis://example.org:7000/1")
    monkeypatch.setenv("TICKQL_NAMESPACE", "other")
    monkeypatch.setenv("TICKQL_HISTORY_TICKS", "500")
    settings = FeedSettings()
    assert (settings.redis_url, settings.history_ticks) == ("redis://example.org:7000/1", 500)
    assert settings.keys.ticks("ES") == "other:{ES}:ticks"


def test_the_names_in_redis_are_the_documented_ones() -> None:
    keys = FeedSettings().keys
    assert (keys.everything, keys.channel("ES")) == ("market_data", "market_data:{ES}")
    assert (keys.ticks("ES"), keys.head("ES")) == ("market_data:{ES}:ticks", "market_data:{ES}:head")
    assert (keys.symbols, keys.status) == ("market_data:symbols", "market_data:status")
