"""Decoding of messages without a framing: JSON texts, compressed bytes, MessagePack, and what is none of these."""

import gzip
import json
import random
import struct
import tracemalloc
import zlib
from collections.abc import Callable

import msgpack
import pytest

from tests.producer.streams.decoding import documents, fault, parts
from tickql.producer.feedfile.framing import Framing
from tickql.producer.feedfile.json_number import JsonNumber
from tickql.producer.streams.json_texts import MAX_CHARACTERS, UnreadPart
from tickql.producer.streams.message_decoder import MAX_DOCUMENTS, MessageDecoder

_TEXT = '{"a": "é"}'
_HTML = f'<!doctype html><title>502</title>{"<br>" * 30}<script>const state = {{"a": 1}}</script>'


def deflate(data: bytes, wbits: int, flush: int = zlib.Z_FINISH) -> bytes:
    deflater = zlib.compressobj(wbits=wbits)
    return deflater.compress(data) + deflater.flush(flush)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(_TEXT, id="text"),
        pytest.param(_TEXT.encode(), id="UTF-8"),
        pytest.param("\ufeff" + _TEXT, id="byte order mark"),
        pytest.param(" \ufeff" * 100_000 + _TEXT, id="very many byte order marks"),
        pytest.param(gzip.compress(_TEXT.encode(), mtime=0), id="gzip"),
        pytest.param(
            gzip.compress(b'{"a":', mtime=0) + gzip.compress('"é"}'.encode(), mtime=0), id="gzip in two members"
        ),
        pytest.param(zlib.compress(_TEXT.encode()), id="zlib"),
        pytest.param(zlib.compress(_TEXT.encode(), 0), id="zlib without compression"),
        pytest.param(deflate(_TEXT.encode(), -15), id="raw deflate"),
        pytest.param(deflate(_TEXT.encode(), 15, zlib.Z_SYNC_FLUSH), id="zlib, flushed and not ended"),
        pytest.param(deflate(_TEXT.encode(), -15, zlib.Z_SYNC_FLUSH), id="raw deflate, flushed and not ended"),
        pytest.param(msgpack.packb({"a": "é"}), id="MessagePack"),
        pytest.param(zlib.compress(msgpack.packb({"a": "é"})), id="MessagePack in zlib"),
    ],
)
def test_a_document_is_read_from_text_and_bytes(data: str | bytes) -> None:
    assert documents(data) == [{"a": "é"}]


@pytest.mark.parametrize("between", ["\n", "\r\n", " \t", "", "\x1e", "\n\x1e", "\x00", "\x1e\x1e"])
def test_several_json_texts_are_a_document_each(between: str) -> None:
    texts = ['{"p": 1.10}', "[1]", '{"p": "}{"}']
    assert documents(between.join(texts)) == [{"p": JsonNumber("1.10")}, [1], {"p": "}{"}]
    assert documents(between.join(["", *texts, ""])) == documents(between.join(texts))


@pytest.mark.parametrize("data", ["1.5 2", "1.52.5", '"a" "b"', "5310 {}"])
def test_numbers_and_texts_one_after_another_are_not_taken_apart(data: str) -> None:
    assert "is not JSON: extra data at character" in str(fault(data))


def test_what_follows_a_broken_text_is_not_read_except_behind_a_record_separator() -> None:
    assert parts('{"a": 1}\n{"b": \n{"c": 3}')[:-1] == [{"a": 1}]
    assert '\'{"b": \\n{"c": 3}\' follows the JSON before it at character 10' in str(
        fault('{"a": 1}\n{"b": \n{"c": 3}')
    )
    assert [part for part in parts('{"a": 1}\x1e{"b": \x1e{"c": 3}') if isinstance(part, dict)] == [{"a": 1}, {"c": 3}]


def test_the_prefix_before_the_json_is_removed() -> None:
    assert documents('5:::["quote", 1]', prefix="5:::") == [["quote", 1]]
    assert documents('17|22|{"a": 1}', prefix="{number}|{number}|") == [{"a": 1}]
    assert fault(b"\x0a\xff" * 10, prefix="42").foreign
    ignored = fault("3", prefix="42")
    assert ignored.foreign
    assert str(ignored) == "'3' does not begin with '42'"


@pytest.mark.parametrize(
    "data", ["ping", "", "\x00", b"\x89\xff\x00", b"\x1f\x8bnot gzip", "NaN", "-Infinity", "Welcome [v1.2]", "x", _HTML]
)
def test_a_message_that_was_never_meant_as_data_is_foreign(data: str | bytes) -> None:
    assert fault(data).foreign


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
        b'["' + b"x" * MAX_CHARACTERS,
        gzip.compress(b"[" + b" " * MAX_CHARACTERS + b"1]", mtime=0),
        zlib.compress(b"[" + b" " * MAX_CHARACTERS + b"1]"),
        deflate(b"[" + b" " * MAX_CHARACTERS + b"1]", -15),
        gzip.compress(b'{"a": 1}', mtime=0)[:-4],
        gzip.compress(b'{"a": 1}', mtime=0) + b"and more",
        zlib.compress(b'{"a": 1, "b": 2}')[:-6],
        msgpack.packb({"a": list(range(100))})[:-7],
        b"\x0a\x02ES\x11\x00\x00\x00\x00\x00\x00\xf8\x3f\x18\x96\x01",
    ],
)
def test_what_is_lost_is_a_fault_with_its_beginning(data: str | bytes) -> None:
    lost = fault(data)
    assert not lost.foreign
    assert len(str(lost)) < 250
    assert "\n" not in str(lost)


@pytest.mark.parametrize(
    ("data", "advice"),
    [
        ('42["quote",{"s":"ES"}]', 'framing = "socket.io"'),
        ('421["quote",{"s":"ES"}]', 'framing = "socket.io"'),
        ('~m~13~m~{"s": "ES"}', 'framing = "~m~{length}~m~"'),
        ("MESSAGE\nsubscription:0\n\n{}\x00", 'framing = "stomp"'),
        ('a["{}"]', 'framing = "sockjs"'),
        ('data17: {"s": "ES"}', 'prefix = "data{number}: "'),
    ],
)
def test_a_fault_names_the_key_that_helps(data: str, advice: str) -> None:
    assert str(fault(data)).endswith(f"; {advice} may read it")


def test_ten_million_digits_are_refused() -> None:
    assert documents('{"a": ' + "9" * 3_000_000 + "}")[0]["a"].exact_text is None
    assert "has more than 4,000,000 characters" in str(fault('{"a": "' + "9" * 9_999_999 + '"}'))


def test_a_small_message_that_unpacks_to_very_much_costs_little() -> None:
    bomb = zlib.compressobj(9, wbits=-15)
    data = b"".join(bomb.compress(b" " * 10_000_000) for _ in range(6)) + bomb.flush()
    for packed in (data, b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03" + data, b"\x78\xda" + data):
        tracemalloc.start()
        assert [part for part in parts(packed) if not isinstance(part, UnreadPart)] == []
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak_bytes < 6 * MAX_CHARACTERS


def test_many_zipped_members_are_one_message_and_very_many_are_refused() -> None:
    empty, long = gzip.compress(b"", mtime=0), {"a": random.Random(7).randbytes(200_000).hex()}
    member = gzip.compress(json.dumps(long).encode(), mtime=0)
    assert documents(empty * 996 + member + empty + member + empty) == [long, long]
    for wbits in (31, 15):
        assert str(fault(deflate(b"", wbits) * 50_000)).endswith("has more than 1,000 zipped members")


def test_a_message_of_very_many_documents_is_cut_off_and_reported() -> None:
    for data in ("{}" * 100_000, b"\x80" * 100_000):
        found = parts(data)
        assert len(found) == MAX_DOCUMENTS + 1
        assert "is a message of more than 10,000 documents" in str(found[-1].fault)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.1, "1.1"),
        (5310.25, "5310.25"),
        (5310.0, "5310"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1e22, "10000000000000000000000"),
        (1.5e-7, "0.00000015"),
        (-0.0, "0"),
        (1234567.875, "1234567.875"),
        (2**63, "9223372036854775808"),
        (-5, "-5"),
    ],
)
def test_a_number_of_message_pack_has_the_fewest_digits_that_name_it(value: float, text: str) -> None:
    (document,) = documents(msgpack.packb({"p": value}))
    assert document["p"].exact_text == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.1, "1.1"),
        (5310.25, "5310.25"),
        (0.1, "0.1"),
        (16777216.0, "16777216"),
        (1234567.875, "1234567.9"),
        (0.0, "0"),
    ],
)
def test_a_float_of_32_bits_has_the_digits_of_32_bits(value: float, text: str) -> None:
    (document,) = documents(b"\x81\xa1p\xca" + struct.pack(">f", value))
    assert document["p"].exact_text == text


def test_values_of_message_pack_that_json_does_not_have_are_texts() -> None:
    packed = msgpack.packb(
        {"s": b"ES", 1042: None, "t": msgpack.Timestamp(5), "n": float("nan"), "x": msgpack.ExtType(4, b"ab")}
    )
    (document,) = documents(packed)
    assert document == {
        "s": "ES",
        "1042": None,
        "t": "Timestamp(seconds=5, nanoseconds=0)",
        "n": "nan",
        "x": "extension 4 of 2 bytes",
    }


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x91" * 5_000 + b"\x01", "is nested too deeply, at byte 102"),
        (b"\xdd\xff\xff\xff\xff" + b"\x01" * 1_000, ", at byte 1006"),
        (b"\xdd\x00\x04\x00\x00" + b"\x01" * 0x40000, "has more than 200,000 values"),
        (b"\xc1", "is no MessagePack, or is cut off, at byte 1"),
    ],
)
def test_message_pack_beyond_the_limits_is_refused(data: bytes, reason: str) -> None:
    assert reason in str(fault(data, "messagepack"))


@pytest.mark.parametrize("pack", [str, str.encode, lambda text: gzip.compress(text.encode(), mtime=0)])
def test_a_message_at_the_limit_is_read_and_a_longer_one_names_the_key(pack: Callable[[str], str | bytes]) -> None:
    decoder = MessageDecoder(Framing(), 1_000)
    assert list(decoder.parts(pack(f'["{"x" * 996}"]'))) == [["x" * 996]]
    (part,) = decoder.parts(pack(f'["{"x" * 997}"]'))
    assert isinstance(part, UnreadPart)
    assert "has more than 1,000 characters: max_message allows up to 4,000,000" in str(part.fault)
