"""Hears all that a page receives while it is watched: for prices that it never shows as text."""

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

_KEPT = 200
_WHOLE = re.compile(r"\s*(\{.*\}|\[.*\])\s*", re.DOTALL)
_MAX_CHARACTERS = 200_000
_MAX_FLOWS = 200
_EVERYTHING = '[page]\nurl = "http://localhost/"\n' + "".join(
    f'[[stream]]\nfrom = "{kind}"\nurl = "*"\nsymbol = "@"\nlast = "@"\n' for kind in StreamKind
)


@dataclass(eq=False)
class ReceivedStream:
    """What came by one kind of way from one address: the newest 200 messages of up to 200,000 characters each."""

    kind: StreamKind
    url: str
    messages: deque[str | bytes] = field(default_factory=lambda: deque(maxlen=_KEPT))


class MessageCollector:
    """Listens to one page, from before its first navigation on."""

    def __init__(self, listener: StreamListener) -> None:
        self._listener = listener
        self._urls: dict[int, str] = {}
        self._flows: dict[tuple[StreamKind, str], ReceivedStream] = {}
        self._first_lines: dict[int, str | bytes | None] = {}

    @classmethod
    async def open(cls, page: Page) -> Self:
        """Listen from now on."""
        streams = StreamSet(FeedFile.parse(_EVERYTHING))
        listener = StreamListener(page, await page.context.new_cdp_session(page), streams, asyncio.Event())
        await listener.open()
        return cls(listener)

    def close(self) -> None:
        """Listen no more."""
        self._listener.close()

    def flows(self) -> list[ReceivedStream]:
        """What has come so far."""
        for item in self._listener.pop_all():
            match item:
                case ConnectionOpened(_, connection, url):
                    self._urls[connection] = url
                case MessageReceived(reader, connection, data, _) if len(data) <= _MAX_CHARACTERS:
                    url = self._urls.get(connection, "")
                    found = [data] if reader.rule.kind is not StreamKind.NDJSON else self._lines(connection, data)
                    for message in found:
                        self._keep(reader.rule.kind, url, message)
        return list(self._flows.values())

    def _lines(self, connection: int, line: str | bytes) -> list[str | bytes]:
        """Lines that are NDJSON: from the second one on, where each is a whole object or list. One alone is JSON."""
        first = self._first_lines.setdefault(connection, line)
        if first is None or not (_WHOLE.fullmatch(str(line)) and _WHOLE.fullmatch(str(first))):
            self._first_lines[connection] = None
            return []
        return [] if first is line else [line]

    def _keep(self, kind: StreamKind, url: str, data: str | bytes) -> None:
        flow = self._flows.setdefault((kind, url), ReceivedStream(kind, url))
        flow.messages.append(data)
        if len(self._flows) > _MAX_FLOWS:
            del self._flows[next(iter(self._flows))]
