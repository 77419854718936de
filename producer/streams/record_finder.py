"""The records in the messages of one `[[stream]]` rule, and the symbol of each record. No I/O."""

from collections.abc import Iterator
from typing import Any

from tickql.producer.errors import UnreadableMessage, excerpt
from tickql.producer.feedfile.json_number import JsonNumber
from tickql.producer.feedfile.stream_rules import StreamRule
from tickql.producer.streams.json_document import read_document

_MAX_SYMBOL_CHARACTERS = 300
_SHOWN_CHARACTERS = 60


class RecordFinder:
    """Finds records by the rule's `prefix`, `where`, `each` and `symbol`."""

    def __init__(self, rule: StreamRule) -> None:
        self._rule = rule
        self.skip_reason: str | None = None
        """Why the last message without a record has none, for people; `None`: each message had one."""

    def records(self, data: str | bytes) -> Iterator[Any]:
        """Yield the records of a message, in order.

        Raises:
            UnreadableMessage: the message is not JSON, or an expression of the rule does not fit it.
        """
        document = read_document(data, self._rule.prefix or "")
        shown = data if isinstance(data, str) else repr(data[:_MAX_SYMBOL_CHARACTERS])
        try:
            if self._rule.where is not None and not _is_true(self._rule.where.search(document)):
                self.skip_reason = f'{excerpt(shown, _SHOWN_CHARACTERS)!r} does not match "where"'
                return
            found = document if self._rule.each is None else self._rule.each.search(document)
            records = found if isinstance(found, list) else [found]
            for record in records:
                if _is_true(record):
                    # This text is shown only if the record turns out to hold no symbol or no price.
                    self.skip_reason = f"{excerpt(shown, _SHOWN_CHARACTERS)!r} has no symbol or no price"
                    yield record
            if not any(map(_is_true, records)):
                self.skip_reason = f'"each" picks nothing from {excerpt(shown, _SHOWN_CHARACTERS)!r}'
        except ValueError as error:
            raise UnreadableMessage(shown, str(error)) from error

    def symbol(self, record: Any) -> str | None:
        """Return the symbol of a record; `None`: the record has none, or one that the rule does not list."""
        place = self._rule.symbol
        if place.pick is None:
            return place.name
        try:
            found = place.pick.search(record)
        except ValueError as error:
            self.skip_reason = str(error)
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
