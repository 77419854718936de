"""docs/asyncapi.yaml is valid AsyncAPI, and true of the messages of Redis. Tests of relays compare those of brokers."""

import json
from pathlib import Path

import jsonschema_rs
import pytest
from redis.asyncio import Redis

from tests.support.asyncapi import check_message, document
from tests.support.market import quote
from tickql.feed.health import FeedState
from tickql.feed.publisher import Publisher
from tickql.feed.settings import FeedSettings
from tickql.feed.tick import GapReason

_SCHEMAS = Path("tests/conformance/pages/node_modules/@asyncapi/specs/schemas")


def test_the_document_is_valid() -> None:
    path = _SCHEMAS / f"{document()['asyncapi']}.json"
    if not path.exists():
        pytest.skip("the schema of AsyncAPI is not installed: scripts/setup pages")
    validator = jsonschema_rs.validator_for(json.loads(path.read_text()))

    assert [(error.instance_path, error.message) for error in validator.iter_errors(document())] == []


def test_the_examples_are_true() -> None:
    schemas = document()["components"]["schemas"]
    for name, schema in schemas.items():
        validator = jsonschema_rs.Draft7Validator({"components": document()["components"], **schema})
        for example in schema.get("examples", ()):
            assert validator.is_valid(example), f"{example} of {name}"


def test_the_words_are_those_of_the_code() -> None:
    schemas = document()["components"]["schemas"]

    assert schemas["gap"]["properties"]["reason"]["enum"] == [each.value for each in GapReason]
    assert schemas["status"]["properties"]["state"]["enum"] == [each.value for each in FeedState]


async def test_the_channel_of_redis_has_what_the_document_says(feed_settings: FeedSettings) -> None:
    async with Redis.from_url(feed_settings.redis_url) as redis, redis.pubsub() as channel:
        await channel.subscribe(feed_settings.namespace)
        await channel.get_message(timeout=None)
        async with Publisher(feed_settings, "docs") as publisher:
            publisher.publish(quote(1, "ES"))
            publisher.publish(quote(2, "ES")._replace(ask=None, merged=3))
            bodies = [(await channel.get_message(timeout=None))["data"] for _ in range(2)]

    assert [check_message("redis", body) for body in bodies] == ["tick", "tick"]


@pytest.mark.parametrize(
    "change", [{"cursor": "ES"}, {"LAST": 1.5}, {"ASK": "1,5"}, {"added": 1}, {"timestamp": "now"}]
)
async def test_a_message_that_is_not_so_is_found(change: dict[str, object]) -> None:
    example = document()["components"]["schemas"]["tick"]["examples"][0]

    assert check_message("redis", json.dumps(example).encode()) == "tick"
    with pytest.raises(AssertionError):
        check_message("redis", json.dumps({**example, **change}).encode())
