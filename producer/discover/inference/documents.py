"""The JSON objects in the messages that a page receives, grouped by their origin. No I/O."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tickql.producer.discover.page.received_messages import ReceivedStream
from tickql.producer.feedfile.exact_json import decode_json
from tickql.producer.feedfile.framing import Framing
from tickql.producer.feedfile.stream_rules import StreamKind
from tickql.producer.streams.framings.detection import framing_of
from tickql.producer.streams.json_texts import UnreadPart
from tickql.producer.streams.message_decoder import MessageDecoder

_MAX_DEPTH = 5
# Of a list that mixes objects with other values, only the first places are searched: `["quote", {...}]`.
_MAX_PLACES = 5
_PREFIX = re.compile(r"[0-9A-Za-z:|,;=#~_.-]{1,20}(?=[\[{])")
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_GENERATED = re.compile(r"[0-9a-fA-F-]{12,}|.*[0-9]{5,}.*")
# Keys under which messages name their own type.
_TYPE_KEYS = ("type", "event", "e", "channel", "topic", "action", "op", "method", "kind", "msg", "T", "target")

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Origin:
    """Where records come from, in the terms of a `[[stream]]` rule. An empty text: the key is not needed."""

    kind: StreamKind
    url: str
    framing: str
    prefix: str
    where: str
    each: str


def records_by_origin(streams: Iterable[ReceivedStream]) -> Iterator[tuple[Origin, list[list[Record]]]]:
    """Yield every place where messages hold objects, with the objects of each message in that place."""
    messages_of: dict[tuple[StreamKind, str], list[str | bytes]] = defaultdict(list)
    for stream in streams:
        messages_of[stream.kind, url_pattern(stream.url)] += stream.messages
    for (kind, url), messages in messages_of.items():
        # A response of lines comes twice: line by line, and as a whole when it has ended.
        if kind is StreamKind.JSON and (StreamKind.NDJSON, url) in messages_of:
            continue
        framing, prefix = _framing_and_prefix(messages)
        decoder = _decoder(framing, prefix)
        documents = [part for each in messages for part in decoder.parts(each) if not isinstance(part, UnreadPart)]
        for where, of_type in _by_type(documents, has_events=bool(framing or prefix)).items():
            places: dict[str, list[list[Record]]] = defaultdict(list)
            for document in of_type:
                for path, records in _records(document, "", 0):
                    places[path].append(records)
            for each, found in places.items():
                yield Origin(kind, url, framing, prefix, where, each), found


def message_decoder(messages: Sequence[str | bytes]) -> MessageDecoder:
    """Return a decoder for messages of one address, with the framing or the prefix that they seem to have."""
    return _decoder(*_framing_and_prefix(messages))


def url_pattern(url: str) -> str:
    """Return an address with `*` for what differs on another visit: the query, and generated parts of the path."""
    scheme, host, path, query, _ = urlsplit(url)
    parts = ["*" if _GENERATED.fullmatch(part) else part for part in path.split("/")]
    return f"{scheme}://{host}{'/'.join(parts)}{'*' if query else ''}"


def jmespath_of(path: Iterable[str]) -> str:
    """Return the JMESPath expression that follows these keys."""
    return ".".join(key if _PLAIN_KEY.fullmatch(key) else _quoted(key) for key in path)


def _quoted(key: str) -> str:
    return '"' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _decoder(framing: str, prefix: str) -> MessageDecoder:
    return MessageDecoder(Framing(framing or None, prefix or None))


def _framing_and_prefix(messages: Sequence[str | bytes]) -> tuple[str, str]:
    framing = _framing(messages)
    return framing, "" if framing else _prefix(messages)


def _framing(messages: Sequence[str | bytes]) -> str:
    """Return the framing that more messages seem to have than any other, or none; empty: they need none."""
    found = Counter(framing_of(each) or "" for each in messages)
    # Messages without data, such as pings, show no framing, and may be as many as those with data.
    named = [(times, name) for name, times in found.items() if name]
    return max(named)[1] if named and 2 * max(named)[0] >= len(messages) else ""


def _prefix(messages: Sequence[str | bytes]) -> str:
    """Return the text before the JSON of most messages, such as `5:::` of old Socket.IO; empty: there is none."""
    found = Counter(match[0] for each in messages if isinstance(each, str) and (match := _PREFIX.match(each)))
    prefix, times = found.most_common(1)[0] if found else ("", 0)
    return prefix if 2 * times > len(messages) else ""


def _by_type(documents: Iterable[Any], *, has_events: bool) -> dict[str, list[Any]]:
    """Group documents by their type: the JMESPath condition for it, or an empty text for documents without a type.

    `has_events`: documents that are lists begin with the name of an event, as in `["quote", {...}]` of Socket.IO.
    """
    found: dict[str, list[Any]] = defaultdict(list)
    for document in documents:
        fields = document if isinstance(document, dict) else {}
        if has_events and isinstance(document, list) and document:
            fields = {"[0]": document[0]}
        key = next((key for key in (*_TYPE_KEYS, "[0]") if isinstance(fields.get(key), str)), "")
        has_type = bool(key) and re.fullmatch(r"[\w.:/-]{1,40}", fields[key])
        found[f"{key} == '{fields[key]}'" if has_type else ""].append(document)
    return found


def _records(value: Any, path: str, depth: int) -> Iterator[tuple[str, list[Record]]]:
    """Yield every object and every list of objects in a document, with its JMESPath."""
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, str) and path and value.lstrip().startswith(("{", "[")):
        with suppress(ValueError):
            yield from _records(decode_json(value), f"parse({path})", depth + 1)
    elif isinstance(value, dict):
        yield path, [value]
        for key, inner in value.items():
            yield from _records(inner, f"{path}." * bool(path) + jmespath_of([key]), depth + 1)
    elif isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
        yield f"{path}[]", value
    elif isinstance(value, list):
        for place, inner in enumerate(value[:_MAX_PLACES]):
            yield from _records(inner, f"{path}[{place}]", depth + 1)
