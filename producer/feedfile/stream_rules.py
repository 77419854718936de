"""The `[[stream]]` rules of a feed file: which messages of the page hold prices, and where in them."""

import re
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, InstanceOf, model_validator

from tickql.producer.feedfile.jmespath_expression import JmespathExpression
from tickql.producer.feedfile.rules import FieldName, Price, Rule, Symbol
from tickql.producer.feedfile.section import Section

JmesPath = Annotated[InstanceOf[JmespathExpression], BeforeValidator(JmespathExpression.of)]
"""A JMESPath in quotes."""


class StreamKind(StrEnum):
    """By which way messages come to the page."""

    WEBSOCKET = "websocket"
    """Frames of a WebSocket, from the server."""
    SSE = "sse"
    """Server-sent events, of an `EventSource` or a response that is read while it comes."""
    NDJSON = "ndjson"
    """Responses to `fetch` and `XMLHttpRequest` that are read while they come, each line a message."""
    JSON = "json"
    """Responses to `fetch` and `XMLHttpRequest`, each a message."""


class StreamPrice(Price):
    """Where one price is in a record: a number, taken digit by digit, or a text, read by `format`."""

    pick: JmesPath

    @model_validator(mode="before")
    @classmethod
    def _from_pick(cls, given: Any) -> Any:
        return given if isinstance(given, dict) else {"pick": given}


class StreamSymbol(Section):
    """The symbol of a record: what `pick` finds there, by `names` if given, or always `name`."""

    pick: JmesPath | None = None
    names: Annotated[dict[str, Symbol], Field(min_length=1)] | None = None
    """What the records call a symbol, and its name. Records of others are passed over."""
    name: Symbol | None = None

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

    In a record of a WebSocket, an event stream or NDJSON, a price that is left out stays what it was. One that is null
    is not there. A response that is read as a whole stands for itself: what it leaves out is not there.
    """

    kind: StreamKind = Field(alias="from")
    url: Annotated[str, Field(min_length=1, max_length=1000)]
    """The address of socket, event stream or response; `*` stands for any text."""
    event: Annotated[str, Field(min_length=1)] | None = None
    """Server-sent events of this name only; `None`: of any."""
    prefix: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    """What stands before the JSON of each message; other messages are passed over."""
    where: JmesPath | None = None
    """Messages for which this is true only; `None`: all."""
    each: JmesPath | None = None
    """The record or the list of records in a message; `None`: the message itself."""
    symbol: StreamSymbol
    ask: StreamPrice | None = None
    bid: StreamPrice | None = None
    last: StreamPrice | None = None
    max_silence_s: Annotated[float, Field(gt=0, le=86_400)] | None = Field(None, alias="max_silence")
    """The longest time without a record while all is well, seconds; `None`: any."""

    @model_validator(mode="after")
    def _check_rule(self) -> Self:
        if not self.fields:
            raise ValueError("no price to read: give at least one of ask, bid and last")
        if self.event is not None and self.kind is not StreamKind.SSE:
            raise ValueError(f'event goes with from = "sse", not with {self.kind.value!r}')
        return self

    @property
    def fields(self) -> dict[FieldName, StreamPrice]:
        """The prices that this rule reads, in the order ask, bid, last."""
        given: dict[FieldName, StreamPrice | None] = {"ask": self.ask, "bid": self.bid, "last": self.last}
        return {name: field for name, field in given.items() if field is not None}

    @property
    def known(self) -> tuple[str, ...]:
        """The symbols that `symbol` names."""
        given = self.symbol
        return (given.name,) if given.name is not None else tuple(dict.fromkeys((given.names or {}).values()))

    def hears(self, url: str) -> bool:
        """Whether messages from this address are meant."""
        return self._address.fullmatch(url) is not None

    @cached_property
    def _address(self) -> re.Pattern[str]:
        return re.compile(".*".join(map(re.escape, self.url.split("*"))), re.DOTALL)

    def source(self) -> dict[str, Any]:
        """`{"kind": "stream"}`: there is nothing for the page to observe."""
        return {"kind": "stream"}
