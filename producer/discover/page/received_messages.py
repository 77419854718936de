"""All messages that a page receives while it is watched: on some pages the prices never appear as text."""

import asyncio
import re
from collections import deque
from dataclasses import dataclass, field
from typing import Self

from playwright.async_api import Page

from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.stream_rules import StreamKind
from tickql.producer.streams.events import ConnectionOpened, MessageReceived
from tickql.producer.streams.listener import StreamListener
from tickql.producer.streams.stream_set import StreamSet

# A page may send any number of messages of any size: the limits bound the memory, and still show prices change.
_KEPT_MESSAGES = 200
_MAX_MESSAGE_CHARACTERS = 200_000
_MAX_STREAMS = 200
_OBJECT_OR_LIST = re.compile(r"\s*(\{.*\}|\[.*\])\s*", re.DOTALL)
# The producer's own listener with rules that match every address.
_ANY_STREAM = '[page]\nurl = "http://localhost/"\n' + "".join(
    f'[[stream]]\nfrom = "{kind}"\nurl = "*"\nsymbol = "@"\nlast = "@"\n' for kind in StreamKind
)


@dataclass(eq=False)
class ReceivedStream:
    """The messages of one kind from one address: the newest 200, of at most 200,000 characters each."""

    kind: StreamKind
    url: str
    messages: deque[str | bytes] = field(default_factory=lambda: deque(maxlen=_KEPT_MESSAGES))


class MessageCollector:
    """Collects the messages of one page, from before its first navigation."""

    def __init__(self, listener: StreamListener) -> None:
        self._listener = listener
        self._urls: dict[int, str] = {}
        self._streams: dict[tuple[StreamKind, str], ReceivedStream] = {}
        self._first_lines: dict[int, str | bytes | None] = {}

    @classmethod
    async def open(cls, page: Page) -> Self:
        """Start to listen to a page."""
        rules = StreamSet(FeedFile.parse(_ANY_STREAM))
        listener = StreamListener(page, await page.context.new_cdp_session(page), rules, asyncio.Event())
        await listener.open()
        return cls(listener)

    def close(self) -> None:
        """Stop listening."""
        self._listener.close()

    def streams(self) -> list[ReceivedStream]:
        """Return all messages so far, by kind and address."""
        for event in self._listener.pop_all():
            match event:
                case ConnectionOpened(_, connection, url):
                    self._urls[connection] = url
                case MessageReceived(reader, connection, data, _) if len(data) <= _MAX_MESSAGE_CHARACTERS:
                    url = self._urls.get(connection, "")
                    kind = reader.rule.kind
                    messages = self._ndjson_lines(connection, data) if kind is StreamKind.NDJSON else [data]
                    for message in messages:
                        self._keep(kind, url, message)
        return list(self._streams.values())

    def _ndjson_lines(self, connection: int, line: str | bytes) -> list[str | bytes]:
        """Return the line if its response is NDJSON: the second line or a later one, each a whole object or list.

        The rules read every response both as JSON and as NDJSON; a response of one line is JSON.
        """
        first = self._first_lines.setdefault(connection, line)
        if first is None or not (_OBJECT_OR_LIST.fullmatch(str(line)) and _OBJECT_OR_LIST.fullmatch(str(first))):
            self._first_lines[connection] = None
            return []
        return [] if first is line else [line]

    def _keep(self, kind: StreamKind, url: str, data: str | bytes) -> None:
        stream = self._streams.setdefault((kind, url), ReceivedStream(kind, url))
        stream.messages.append(data)
        if len(self._streams) > _MAX_STREAMS:
            del self._streams[next(iter(self._streams))]
