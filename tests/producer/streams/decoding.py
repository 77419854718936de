"""What tests of framings share: the parts of a message, as a rule with these keys reads them."""

from typing import Any

from tickql.producer.errors import UnreadableMessage
from tickql.producer.feedfile.framing import Framing
from tickql.producer.streams.json_texts import UnreadPart
from tickql.producer.streams.message_decoder import MessageDecoder


def parts(data: str | bytes, framing: str | None = None, prefix: str | None = None) -> list[Any]:
    return list(MessageDecoder(Framing(framing, prefix)).parts(data))


def documents(data: str | bytes, framing: str | None = None, prefix: str | None = None) -> list[Any]:
    """Return the documents of a message of which every part is read."""
    found = parts(data, framing, prefix)
    assert not [part for part in found if isinstance(part, UnreadPart)]
    return found


def fault(data: str | bytes, framing: str | None = None, prefix: str | None = None) -> UnreadableMessage:
    """Return what is wrong with the one part of a message that is not read."""
    (found,) = (part.fault for part in parts(data, framing, prefix) if isinstance(part, UnreadPart))
    return found
