"""The explanation for messages in which discovery finds no prices: what they are, and what may help. No I/O."""

import json
from collections.abc import Iterable

from tickql.producer.discover.inference.documents import message_decoder, url_pattern
from tickql.producer.discover.page.received_messages import ReceivedStream
from tickql.producer.errors import excerpt
from tickql.producer.streams.json_texts import UnreadPart

# A page receives many a message once: its settings, its texts. Prices come again and again.
_MIN_MESSAGES = 3
_SHOWN_CHARACTERS = 120


def diagnose_messages(streams: Iterable[ReceivedStream]) -> str | None:
    """Return one line about the address that sends most messages; `None`: none sends more than a few."""
    busy = [stream for stream in streams if len(stream.messages) >= _MIN_MESSAGES]
    if not busy:
        return None
    stream = max(busy, key=lambda stream: len(stream.messages))
    begin = f'received: {len(stream.messages)} messages of {stream.kind} "{excerpt(url_pattern(stream.url), 100)}"'
    shown = ""
    faults: list[UnreadPart] = []
    decoder = message_decoder(stream.messages)
    for message in stream.messages:
        for part in decoder.parts(message):
            if isinstance(part, UnreadPart):
                faults.append(part)
            else:
                shown = message if isinstance(message, str) else json.dumps(part, default=str, ensure_ascii=False)
    if shown:
        shown = excerpt(shown, _SHOWN_CHARACTERS)
        return f"{begin}, such as {shown!r}, but nothing says where a symbol and its price are in them"
    return f"{begin}, which cannot be read: {faults[-1].fault}" if faults else None
