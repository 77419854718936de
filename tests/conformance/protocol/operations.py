"""Operations of every outcome, for a market whose symbol ES has ticks."""

import json
from enum import StrEnum


class Outcome(StrEnum):
    """What becomes of an operation."""

    ERROR = "one `error` message"
    RESULT = "one `next` message, then `complete`"
    STREAM = "`next` messages until the client ends it"


_ONE_PRICE = "query P($symbol: String!) { lastPrice(symbol: $symbol) { seq last } }"
_TWO = "query A { symbols } query B { __typename }"

_TABLE: list[tuple[dict[str, object], Outcome, str | None]] = [
    ({"query": "{ symbols }"}, Outcome.RESULT, None),
    ({"query": "{ a: symbols b: feedStatus { state } }", "variables": None}, Outcome.RESULT, None),
    ({"query": _ONE_PRICE, "variables": {"symbol": "ES"}}, Outcome.RESULT, None),
    ({"query": _ONE_PRICE, "variables": {"symbol": "ES"}, "operationName": "P"}, Outcome.RESULT, None),
    ({"query": _TWO, "operationName": "B"}, Outcome.RESULT, None),
    ({"query": _ONE_PRICE}, Outcome.RESULT, "BAD_USER_INPUT"),
    ({"query": _ONE_PRICE, "variables": {"symbol": 1}}, Outcome.RESULT, "BAD_USER_INPUT"),
    ({"query": '{ lastPrice(symbol: "a b") { seq } }'}, Outcome.RESULT, "BAD_USER_INPUT"),
    ({"query": '{ history(symbol: "ES", last: 2) { edges { node { seq } } } }'}, Outcome.RESULT, None),
    ({"query": _TWO}, Outcome.ERROR, "BAD_REQUEST"),
    ({"query": _TWO, "operationName": "C"}, Outcome.ERROR, "BAD_REQUEST"),
    ({"query": ""}, Outcome.ERROR, "BAD_REQUEST"),
    ({"query": "fragment F on Query { symbols }"}, Outcome.ERROR, "BAD_REQUEST"),
    ({"query": "{ nope }"}, Outcome.ERROR, "GRAPHQL_VALIDATION_FAILED"),
    ({"query": "mutation { symbols }"}, Outcome.ERROR, "GRAPHQL_VALIDATION_FAILED"),
    ({"query": "{"}, Outcome.ERROR, "GRAPHQL_PARSE_FAILED"),
    ({"query": "{ " + "symbols " * 201 + "}"}, Outcome.ERROR, "LIMIT_EXCEEDED"),
    ({"query": 'subscription { ticks(symbol: "a b") { seq } }'}, Outcome.ERROR, "BAD_USER_INPUT"),
    ({"query": 'subscription { ticks(symbol: "ES", after: "NQ:1-1") { seq } }'}, Outcome.ERROR, "BAD_USER_INPUT"),
    ({"query": 'subscription { ticks(symbol: "ES") { seq } }'}, Outcome.STREAM, None),
    ({"query": 'subscription { ticks(symbol: "ES") { symbol seq mid } }', "variables": {}}, Outcome.STREAM, None),
    ({"query": "subscription { board { seq } }"}, Outcome.STREAM, None),
    ({"query": "subscription { feedStatus { state } }"}, Outcome.STREAM, None),
]

OPERATIONS = {json.dumps(payload): (outcome, code) for payload, outcome, code in _TABLE}
"""By the JSON of their payload: the outcome, and the code of its first error; `None`: it has no error."""
PAYLOADS = [payload for payload, _, _ in _TABLE]
