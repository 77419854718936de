"""The `[[stream]]` rules of a feed file: which messages that the page receives hold prices, and where in them."""

from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, InstanceOf, model_validator

from tickql.producer.feedfile.framing import Framing
from tickql.producer.feedfile.jmespath_expression import JmespathExpression
from tickql.producer.feedfile.price_fields import FieldName, PriceSettings, SymbolName
from tickql.producer.feedfile.rules import Rule
from tickql.producer.feedfile.section import Section
from tickql.producer.feedfile.wildcard import Wildcard

JmesPath = Annotated[InstanceOf[JmespathExpression], BeforeValidator(JmespathExpression.from_setting)]
"""A JMESPath expression. In the file: a text in quotes."""


class StreamKind(StrEnum):
    """How messages reach the page."""

    WEBSOCKET = "websocket"
    """Frames of a WebSocket that the server sends."""
    SSE = "sse"
    """Server-sent events, of an `EventSource` or of a response that the page reads while it arrives."""
    NDJSON = "ndjson"
    """Responses to `fetch` and `XMLHttpRequest` that the page reads while they arrive; each line is a message."""
    JSON = "json"
    """Responses to `fetch` and `XMLHttpRequest`; each response is a message."""


class StreamPrice(PriceSettings):
    """Where one price is in a record. A JSON number keeps its digits; a text is read by `format`."""

    pick: JmesPath

    @model_validator(mode="before")
    @classmethod
    def _from_pick(cls, given: Any) -> Any:
        return given if isinstance(given, dict) else {"pick": given}


class StreamSymbol(Section):
    """The symbol of a record: the value that `pick` picks, translated by `names` if given; or always `name`."""

    pick: JmesPath | None = None
    names: Annotated[dict[str, SymbolName], Field(min_length=1)] | None = None
    """From the value in the records to the symbol. Records with other values are ignored."""
    name: SymbolName | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_pick(cls, given: Any) -> Any:
        return given if isinstance(given, dict) else {"pick": given}

    @model_validator(mode="after")
    def _check_place(self) -> Self:
        if (self.pick is None) == (self.name is None):
            raise ValueError('write either a JMESPath such as "symbol", or { name = "ES" }')
        if self.names is not None and self.pick is None:
            raise ValueError('names need a pick: { pick = "id", names = { "1042" = "ES" } }')
        return self


class StreamRule(Rule):
    """`[[stream]]`: messages that the page receives, and the records in them. Expressions are JMESPath.

    In a record of a WebSocket, an event stream or NDJSON, a price that is left out keeps its value, and null means "no
    price". A response of kind `JSON` is complete: what it leaves out has no price.
    """

    # `from` is a keyword of Python.
    kind: StreamKind = Field(alias="from")
    url: Annotated[str, Field(min_length=1, max_length=1000)]
    """The address of the socket, event stream or response; `*` stands for any text."""
    event: Annotated[str, Field(min_length=1)] | None = None
    """The name of the server-sent events that count; `None`: all."""
    prefix: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    """The text before the JSON of each message; messages without it are ignored. `{number}` stands for a number."""
    framing_text: Annotated[str, Field(min_length=1, max_length=100)] | None = Field(None, alias="framing")
    """How a message wraps its documents; `None`: it is one JSON text, several of them, or MessagePack."""
    where: JmesPath | None = None
    """A condition: messages for which it is not true are ignored. `None`: no condition."""
    each: JmesPath | None = None
    """The record or the list of records in a message; `None`: the message itself."""
    symbol: StreamSymbol
    ask: StreamPrice | None = None
    bid: StreamPrice | None = None
    last: StreamPrice | None = None
    max_message: int = Field(262_144, ge=1_000, le=4_000_000)
    """Characters of the longest message that is read, packed and unpacked. While it is decoded, all else waits."""
    max_silence_s: Annotated[float, Field(gt=0, le=86_400)] | None = Field(None, alias="max_silence")
    """Seconds without a record after which the stream counts as stale; `None`: never."""

    @model_validator(mode="after")
    def _check_rule(self) -> Self:
        if not self.fields:
            raise ValueError("no price to read: give at least one of ask, bid and last")
        if self.event is not None and self.kind is not StreamKind.SSE:
            raise ValueError(f'event belongs to from = "sse", not to {self.kind.value!r}')
        # Compiled here, so that a mistake in it is an error of the file.
        self.framing  # noqa: B018
        return self

    @cached_property
    def framing(self) -> Framing:
        """The keys `framing` and `prefix`, compiled."""
        return Framing(self.framing_text, self.prefix)

    @property
    def fields(self) -> dict[FieldName, StreamPrice]:
        """The prices that this rule reads, in the order ask, bid, last."""
        given: dict[FieldName, StreamPrice | None] = {"ask": self.ask, "bid": self.bid, "last": self.last}
        return {name: field for name, field in given.items() if field is not None}

    @property
    def named_symbols(self) -> tuple[str, ...]:
        """The symbols that the key `symbol` names."""
        given = self.symbol
        return (given.name,) if given.name is not None else tuple(dict.fromkeys((given.names or {}).values()))

    def matches_url(self, url: str) -> bool:
        """Return whether this rule applies to messages from an address."""
        return self._address.matches(url)

    # Cached: it is needed for each message of a page.
    @cached_property
    def _address(self) -> Wildcard:
        return Wildcard(self.url)

    def observed(self) -> dict[str, Any]:
        """Return `{"kind": "stream"}`: the observer has nothing to do for this rule."""
        return {"kind": "stream"}
