"""SockJS: frames of one letter, and a list of messages behind `a`. No I/O.

https://sockjs.github.io/sockjs-protocol/sockjs-protocol-0.3.3.html
"""

from collections.abc import Iterator

from tickql.producer.feedfile.exact_json import decode_json
from tickql.producer.streams.json_texts import UnreadPart, unread

_CONTROL = ("o", "h")


def split_sockjs(text: str) -> Iterator[str | UnreadPart]:
    """Yield the messages of a frame; `o`, `h` and `c[...]` (open, heartbeat, close) are foreign."""
    frame = text.strip()
    if frame in _CONTROL or frame.startswith("c["):
        yield unread(frame, "is a control frame of SockJS", foreign=True)
        return
    try:
        messages = decode_json(frame[1:]) if frame.startswith(("a[", 'm"')) else None
    except ValueError as error:
        yield unread(frame, f"is a broken SockJS frame: {error}")
        return
    messages = [messages] if isinstance(messages, str) else messages
    if not isinstance(messages, list) or not all(isinstance(each, str) for each in messages):
        yield unread(frame, 'is no SockJS frame such as a["{...}"]')
        return
    yield from messages
