"""Decoding of received messages to JSON documents."""

import gzip

import pytest

from tickql.producer.errors import UnreadableMessage
from tickql.producer.streams.json_document import MAX_CHARACTERS, read_document


@pytest.mark.parametrize("data", ['{"a": "é"}', '{"a": "é"}'.encode(), gzip.compress('{"a": "é"}'.encode(), mtime=0)])
def test_text_bytes_and_gzip_are_read(data: str | bytes) -> None:
    assert read_document(data) == {"a": "é"}


def test_the_prefix_before_the_json_is_removed() -> None:
    assert read_document('42["quote", 1]', "42") == ["quote", 1]
    with pytest.raises(UnreadableMessage, match="does not begin with '42'") as raised:
        read_document("3", "42")
    assert raised.value.foreign


@pytest.mark.parametrize("data", ["ping", "", "\x00", b"\x89\xff\x00", b"\x1f\x8bnot gzip", "NaN", "-Infinity"])
def test_a_text_that_was_never_meant_as_json_is_foreign(data: str | bytes) -> None:
    with pytest.raises(UnreadableMessage) as raised:
        read_document(data)
    assert raised.value.foreign


@pytest.mark.parametrize(
    "data",
    [
        '{"a": 1',
        '{"a": NaN}',
        '{"a": 01}',
        '{"a": 1e9999999999999999999999}',
        "[" * 100_000,
        '{"a":' * 50_000,
        "{'a': 1}",
        '["' + "x" * MAX_CHARACTERS,
        gzip.compress(b"[" + b" " * MAX_CHARACTERS + b"1]", mtime=0),
        gzip.compress(b'{"a": 1}', mtime=0)[:-4],
    ],
)
def test_broken_json_is_refused_with_its_beginning(data: str | bytes) -> None:
    with pytest.raises(UnreadableMessage) as raised:
        read_document(data)
    assert not raised.value.foreign
    assert len(str(raised.value)) < 200
    assert "\n" not in str(raised.value)


def test_ten_million_digits_are_refused() -> None:
    assert read_document('{"a": ' + "9" * 3_000_000 + "}")["a"].exact_text is None
    with pytest.raises(UnreadableMessage, match="has more than 4,000,000 characters"):
        read_document('{"a": "' + "9" * 9_999_999 + '"}')
