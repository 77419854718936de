"""The JSON objects in the messages that a page receives, grouped by their origin. No I/O."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tickql.producer.discover.page.received_messages import ReceivedStream
from tickql.producer.errors import UnreadableMessage
from tickql.producer.feedfile.stream_rules import StreamKind
from tickql.producer.streams.json_document import read_document

_MAX_DEPTH = 5
# Of a list that mixes objects with other values, only the first places are searched: `["quote", {...}]`.
_MAX_PLACES = 5
_PREFIX = re.compile(r"[0-9]{1,4}(?=[\[{])")
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_GENERATED = re.compile(r"[0-9a-fA-F-]{12,}|.*[0-9]{5,}.*")
# Keys under which messages name their own type.
_TYPE_KEYS = ("type", "event", "e", "channel", "topic", "action", "op", "method", "kind", "msg", "T")

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Origin:
    """Where records come from, in the terms of a `[[stream]]` rule. An empty text: the key is not needed."""

    kind: StreamKind
    url: str
    prefix: str
    where: str
    each: str


def records_by_origin(streams: Iterable[ReceivedStream]) -> Iterator[tuple[Origin, list[list[Record]]]]:
    """Yield every place where messages hold objects, with the objects of each message in that place."""
    messages_of: dict[tuple[StreamKind, str], list[str | bytes]] = defaultdict(list)
    for stream in streams:
        messages_of[stream.kind, url_pattern(stream.url)] += stream.messages
    for (kind, url), messages in messages_of.items():
        prefix = _prefix(messages)
        for where, documents in _by_type(_documents(messages, prefix)).items():
            places: dict[str, list[list[Record]]] = defaultdict(list)
            for document in documents:
                for path, records in _records(document, "", 0):
                    places[path].append(records)
            for each, found in places.items():
                yield Origin(kind, url, prefix, where, each), found


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


def _prefix(messages: Sequence[str | bytes]) -> str:
    """Return the text before the JSON of most messages, such as `42` of Socket.IO; empty: there is none."""
    found = Counter(match[0] for each in messages if isinstance(each, str) and (match := _PREFIX.match(each)))
    prefix, times = found.most_common(1)[0] if found else ("", 0)
    return prefix if 2 * times > len(messages) else ""


def _documents(messages: Sequence[str | bytes], prefix: str) -> Iterator[Any]:
    for message in messages:
        try:
            yield read_document(message, prefix)
        except UnreadableMessage:
            continue


def _by_type(documents: Iterable[Any]) -> dict[str, list[Any]]:
    """Group documents by their type: the JMESPath condition for it, or an empty text for documents without a type."""
    found: dict[str, list[Any]] = defaultdict(list)
    for document in documents:
        fields = document if isinstance(document, dict) else {}
        key = next((key for key in _TYPE_KEYS if isinstance(fields.get(key), str)), "")
        has_type = bool(key) and re.fullmatch(r"[\w.:/-]{1,40}", fields[key])
        found[f"{key} == '{fields[key]}'" if has_type else ""].append(document)
    return found


def _records(value: Any, path: str, depth: int) -> Iterator[tuple[str, list[Record]]]:
    """Yield every object and every list of objects in a document, with its JMESPath."""
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, dict):
        yield path, [value]
        for key, inner in value.items():
            yield from _records(inner, f"{path}." * bool(path) + jmespath_of([key]), depth + 1)
    elif isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
        yield f"{path}[]", value
    elif isinstance(value, list):
        for place, inner in enumerate(value[:_MAX_PLACES]):
            yield from _records(inner, f"{path}[{place}]", depth + 1)
