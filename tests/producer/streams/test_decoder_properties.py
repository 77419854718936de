"""Whatever a server sends: the decoder and the reader never raise, and what they say is one short line."""

import json
import zlib

import msgpack
from hypothesis import given
from hypothesis import strategies as st

from tests.producer.streams.decoding import documents
from tickql.producer.discover.inference.documents import records_by_origin
from tickql.producer.discover.page.received_messages import ReceivedStream
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.framing import NamedFraming
from tickql.producer.feedfile.stream_rules import StreamKind
from tickql.producer.streams.stream_set import StreamSet

_RULES = 'page.url = "http://localhost"\n' + "".join(
    f'[[stream]]\nfrom = "websocket"\nurl = "*"\n{keys}\n'
    'each = "parse(x) || [1] || @"\nsymbol = "s"\nask = "a"\nlast = "parse(p).p"\n'
    for keys in (
        "",
        'prefix = "4{number}"',
        'framing = "~m~{length}~m~"',
        *(f'framing = "{name}"' for name in NamedFraming),
    )
)
_READERS = StreamSet(FeedFile.parse(_RULES)).readers

_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["s", "p", "type", "x"]) | st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=8,
)
_json = _values.map(json.dumps)
_heads = st.sampled_from(
    [
        "",
        "4",
        "42",
        "451-",
        "42/ns,",
        "~m~9~m~",
        "a[",
        "a",
        "MESSAGE\n",
        "\n\n",
        "\x00",
        "\x1e",
        "0",
        "12:",
        "content-length:3\n",
    ]
)
_texts = st.lists(_heads | _json | st.text(max_size=5), max_size=5).map("".join)
_bytes = (
    st.binary(max_size=60)
    | _texts.map(lambda text: text.encode(errors="surrogatepass"))
    | _texts.map(lambda text: zlib.compress(text.encode(errors="surrogatepass")))
    | _values.filter(lambda value: not isinstance(value, int)).map(lambda value: msgpack.packb(value, default=str)[:-1])
    | st.tuples(
        st.sampled_from([b"\x93", b"\x81\xa1s", b"\x05\x95\x01\x80", b"\x1f\x8b", b"x\x9c", b"\xab"]),
        st.binary(max_size=40),
    ).map(b"".join)
)
_messages = _texts | _bytes


@given(_messages)
def test_no_message_raises_out_of_a_reader(data: str | bytes) -> None:
    for reader in _READERS:
        for _ in range(2):
            reader.read(1, data, 1)
        for said in (reader.message_fault, reader.skip_reason):
            assert said is None or ("\n" not in said and len(said) < 500)


@given(_messages, st.integers(0, 60))
def test_no_message_raises_out_of_discovery(data: str | bytes, end: int) -> None:
    list(records_by_origin([ReceivedStream(StreamKind.WEBSOCKET, "wss://a.test/", [data, data[:end]])]))  # type: ignore[arg-type]


@given(
    st.lists(st.dictionaries(st.text(max_size=3), _values, max_size=3), min_size=1, max_size=4),
    st.sampled_from(["", "\n", "\x1e", " "]),
)
def test_objects_one_after_another_are_all_read(records: list[dict[str, object]], between: str) -> None:
    texts = [
        json.dumps(record).replace("NaN", "1").replace("-Infinity", "1").replace("Infinity", "1") for record in records
    ]
    assert documents(between.join(texts)) == [document for text in texts for document in documents(text)]
