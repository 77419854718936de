"""From messages that a page receives to the objects in them, told apart by where they come from. No I/O."""

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
_MAX_PLACES = 5
_PREFIX = re.compile(r"[0-9]{1,4}(?=[\[{])")
_NAMED = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_GENERATED = re.compile(r"[0-9a-fA-F-]{12,}|.*[0-9]{5,}.*")
_TYPES = ("type", "event", "e", "channel", "topic", "action", "op", "method", "kind", "msg", "T")

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Origin:
    """Where records come from, in the words of a `[[stream]]`."""

    kind: StreamKind
    url: str
    prefix: str
    where: str
    each: str


def origins_of(flows: Iterable[ReceivedStream]) -> Iterator[tuple[Origin, list[list[Record]]]]:
    """Every place where messages have objects, and those that each message has there."""
    together: dict[tuple[StreamKind, str], list[str | bytes]] = defaultdict(list)
    for flow in flows:
        together[flow.kind, pattern_of(flow.url)] += flow.messages
    for (kind, url), messages in together.items():
        prefix = _prefix(messages)
        for where, documents in _by_type(_documents(messages, prefix)).items():
            places: dict[str, list[list[Record]]] = defaultdict(list)
            for document in documents:
                for path, records in _records(document, "", 0):
                    places[path].append(records)
            for each, found in places.items():
                yield Origin(kind, url, prefix, where, each), found


def pattern_of(url: str) -> str:
    """An address without what another visit will have otherwise: the query, and parts that a program made up."""
    scheme, host, path, query, _ = urlsplit(url)
    parts = ["*" if _GENERATED.fullmatch(part) else part for part in path.split("/")]
    return f"{scheme}://{host}{'/'.join(parts)}{'*' if query else ''}"


def jmespath_of(path: Iterable[str]) -> str:
    """The expression that follows these keys."""
    return ".".join(key if _NAMED.fullmatch(key) else _quoted(key) for key in path)


def _quoted(key: str) -> str:
    return '"' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _prefix(messages: Sequence[str | bytes]) -> str:
    """What stands before the JSON of most messages, such as Socket.IO's `42`."""
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
    """Documents apart by what they call their own type, and the expression that tells it; empty: nothing does."""
    found: dict[str, list[Any]] = defaultdict(list)
    for document in documents:
        said = document if isinstance(document, dict) else {}
        key = next((key for key in _TYPES if isinstance(said.get(key), str)), "")
        told = bool(key) and re.fullmatch(r"[\w.:/-]{1,40}", said[key])
        found[f"{key} == '{said[key]}'" if told else ""].append(document)
    return found


def _records(value: Any, path: str, depth: int) -> Iterator[tuple[str, list[Record]]]:
    """Every object in a document, and every list of objects, with the JMESPath of it."""
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
