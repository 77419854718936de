"""Addresses of Redis: no password in any message, and advice where a password has to be encoded."""

import pytest
from pydantic import ValidationError

from tickql.feed.server_address import without_password
from tickql.feed.settings import FeedSettings


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("redis://127.0.0.1:6379/0", "redis://127.0.0.1:6379/0"),
        ("redis://:S3cret@host/0", "redis://:***@host/0"),
        ("http://user:S3cret@host/0", "http://user:***@host/0"),
        ("redis://user:S3#c/r?e@t@host/0", "redis://user:***@host/0"),
        ("redis://host/0?password=S3cret&db=1", "redis://host/0?password=***&db=1"),
        ("unix:///run/redis.sock?password=S3cret", "unix:///run/redis.sock?password=***"),
        ("user:S3cret@host", "***"),
        ("redis", "redis"),
    ],
)
def test_an_address_is_shown_without_its_password(address: str, shown: str) -> None:
    assert without_password(address) == shown


@pytest.mark.parametrize(("password", "wrong"), [("S3c#t", "#"), ("S3c/t", "/"), ("S3c%t", "%"), ("S3@ct", "@")])
def test_a_password_that_is_not_encoded_is_refused_with_advice_and_not_shown(password: str, wrong: str) -> None:
    with pytest.raises(ValidationError) as refused:
        FeedSettings(redis_url=f"redis://user:{password}@host:6379/0")
    assert f"its user or password contains {wrong}: percent-encode" in str(refused.value)
    assert "S3" not in str(refused.value)


@pytest.mark.parametrize("address", ["redis://u:S3cret@host:port/0", "http://u:S3cret@host/0"])
def test_a_faulty_address_is_refused_without_its_password(address: str) -> None:
    with pytest.raises(ValidationError) as refused:
        FeedSettings(redis_url=address)
    assert "S3cret" not in str(refused.value)


def test_an_encoded_password_is_accepted_and_the_settings_do_not_show_it() -> None:
    assert "%23" not in repr(FeedSettings(redis_url="redis://user:S3%23cret@host:6379/0"))
