"""The records in the messages of one `[[stream]]` rule, and the symbol of each record. No I/O."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from tickql.producer.errors import UnreadableMessage, excerpt
from tickql.producer.feedfile.json_number import JsonNumber
from tickql.producer.feedfile.stream_rules import StreamRule
from tickql.producer.streams.json_texts import UnreadPart
from tickql.producer.streams.message_decoder import MessageDecoder

_MAX_SYMBOL_CHARACTERS = 300
_SHOWN_CHARACTERS = 60
_NO_MATCH = '{!r} does not match "where"'
_NO_RECORD = '"each" picks nothing from {!r}'
_NO_PRICE = "{!r} has no symbol or no price"


class RecordFinder:
    """Finds records by the rule's `framing`, `prefix`, `where`, `each` and `symbol`."""

    def __init__(self, rule: StreamRule) -> None:
        self._rule = rule
        self._decoder = MessageDecoder(rule.framing, rule.max_message)
        self._reason: str | UnreadableMessage | None = None
        # What `_reason` shows. It is formatted only when it is asked for: most messages are read, and nobody asks.
        self._data: str | bytes = ""
        self._document: Any = None

    @property
    def skip_reason(self) -> str | None:
        """Why the last message without a record has none, for people; `None`: each message had one."""
        if isinstance(self._reason, UnreadableMessage):
            return str(self._reason)
        if self._reason not in (_NO_MATCH, _NO_RECORD, _NO_PRICE):
            return self._reason
        return self._reason.format(excerpt(_shown(self._data, self._document), _SHOWN_CHARACTERS))

    def skip(self, reason: UnreadableMessage | None) -> None:
        """Set why the last message has no record."""
        self._reason = reason
        self._data, self._document = "", None

    def records(self, data: str | bytes) -> Iterator[Any]:
        """Yield the records of a message, in order.

        Raises:
            UnreadableMessage: a part of the message cannot be read, or an expression of the rule does not fit it. All
                records that can be read were yielded before.
        """
        fault: UnreadableMessage | None = None
        for part in self._decoder.parts(data):
            try:
                if not isinstance(part, UnreadPart):
                    yield from self._records_in(part, data)
                    continue
                new = part.fault if self._is_wanted(part) else None
            except ValueError as error:
                new = UnreadableMessage(_shown(data, part), str(error))
            if fault is None or (fault.foreign and new is not None):
                fault = new
        if fault is not None:
            raise fault

    def _records_in(self, document: Any, data: str | bytes) -> Sequence[Any]:
        rule = self._rule
        self._data, self._document = data, document
        if rule.where is not None and not _is_true(rule.where.search(document)):
            self._reason = _NO_MATCH
            return ()
        found = document if rule.each is None else rule.each.search(document)
        records = [record for record in (found if isinstance(found, list) else (found,)) if _is_true(record)]
        # The second reason is used only if the records turn out to hold no symbol or no price.
        self._reason = _NO_PRICE if records else _NO_RECORD
        return records

    def _is_wanted(self, part: UnreadPart) -> bool:
        """Return whether an unread part may concern the rule: by its `where`, if enough of the part could be read."""
        if part.document is None or self._rule.where is None:
            return True
        return _is_true(self._rule.where.search(part.document))

    def symbol(self, record: Any) -> str | None:
        """Return the symbol of a record; `None`: the record has none, or one that the rule does not list."""
        place = self._rule.symbol
        if place.pick is None:
            return place.name
        try:
            found = place.pick.search(record)
        except ValueError as error:
            self._reason = str(error)
            return None
        if isinstance(found, JsonNumber):
            found = found.exact_text
        if not isinstance(found, str):
            return None
        name = found.strip()[:_MAX_SYMBOL_CHARACTERS]
        return (name or None) if place.names is None else place.names.get(name)


def _is_true(value: Any) -> bool:
    """Return whether JMESPath takes a value for true: 0 is true, an empty text, list or object is false."""
    return not (value is None or value is False or value in ("", [], {}))


def _shown(data: str | bytes, document: Any) -> str:
    """Return a message for people: bytes are shown as the document that they are."""
    if isinstance(data, str):
        return data
    try:
        return json.dumps(document, default=str, ensure_ascii=False)
    except (ValueError, TypeError, RecursionError):
        return repr(data[:_SHOWN_CHARACTERS])
