"""Documents: each limit is tested at the limit and one beyond."""

import pytest
from graphql import get_introspection_query, parse

from tests.api.conftest import RunningApi
from tests.api.limits.conftest import Neighbour
from tests.support.market import Market
from tickql.api.limits.values import LIMITS
from tickql.api.schema.document_cost import DocumentCost
from tickql.api.schema.documents import DocumentCache

_PAGE = 'history(symbol: "ES", last: %d) { edges { node { %s } } }'
_LEAVES = "symbol cursor seq timestamp publishedAt ask bid last mid spread"


def _nested(levels: int) -> str:
    return "{ lastPrices " + "{ ... " * (levels - 2) + "{ seq }" + " }" * (levels - 2) + " }"


def _aliases(count: int) -> str:
    aliases = " ".join(f"a{number}: symbols" for number in range(count))
    return f"{{ {aliases} }}"


def _fields(count: int) -> str:
    """Return a document with that many fields, spreads and inline fragments."""
    pairs = " ".join(f"a{number}: lastPrices {{ seq }}" for number in range(count // 2 - 3))
    rest = " ".join(("symbols", "symbols", "lastPrices { cursor }")[: 1 + count % 2])
    return f"{{ {pairs} {rest} ... {{ ...f symbols }} }} fragment f on Query {{ symbols symbols }}"


def _directives(count: int) -> str:
    skipped = " ".join(f"a{number}: symbols @skip(if: true)" for number in range(count))
    return f"{{ {skipped} }}"


def _repeats(count: int) -> str:
    return "{ symbols ... { %s } }" % ("symbols " * (count - 1))


def _fragments(definitions: int) -> str:
    names = range(definitions - 1)
    fragments = " ".join(f"fragment f{number} on Query {{ symbols }}" for number in names)
    spreads = " ".join(f"...f{number}" for number in names)
    return f"{{ {spreads} }} {fragments}"


def _characters(count: int) -> str:
    return "{ symbols }".ljust(count)


def _leaves(count: int) -> str:
    return " ".join(f"a{number}: seq" for number in range(count))


def _pages(size: int) -> str:
    """Return a document whose cost is 40000 + 10 * size."""
    pages = " ".join(f"a{number}: {_PAGE % (1000, _LEAVES)}" for number in range(4))
    return f"{{ {pages} {_PAGE % (size, _LEAVES)} }}"


AT_THE_LIMIT_AND_BEYOND = [
    ("nesting", _nested(LIMITS.nesting), _nested(LIMITS.nesting + 1)),
    ("aliases", _aliases(LIMITS.aliases), _aliases(LIMITS.aliases + 1)),
    ("fields", _fields(LIMITS.fields), _fields(LIMITS.fields + 1)),
    ("directives", _directives(LIMITS.directives), _directives(LIMITS.directives + 1)),
    ("repeats", _repeats(LIMITS.repeats), _repeats(LIMITS.repeats + 1)),
    ("definitions", _fragments(LIMITS.definitions), _fragments(LIMITS.definitions + 1)),
    ("document_characters", _characters(LIMITS.document_characters), _characters(LIMITS.document_characters + 1)),
    ("name_characters", "{ %s: symbols }" % ("a" * LIMITS.name_characters), "{ a%s: symbols }" % ("a" * 128)),
    (
        "leaves",
        f'{{ lastPrice(symbol: "ES") {{ {_leaves(LIMITS.leaves)} }} }}',
        f'{{ lastPrice(symbol: "ES") {{ {_leaves(LIMITS.leaves + 1)} }} }}',
    ),
    ("cost", _pages(1000), _pages(1000).replace(_LEAVES, _LEAVES + " again: seq", 1)),
]


@pytest.mark.parametrize(
    ("limit", "allowed", "refused"), AT_THE_LIMIT_AND_BEYOND, ids=[case[0] for case in AT_THE_LIMIT_AND_BEYOND]
)
async def test_a_document_at_a_limit_is_answered_and_one_beyond_is_refused(
    api: RunningApi, neighbour: Neighbour, limit: str, allowed: str, refused: str
) -> None:
    assert "errors" not in await api.post(allowed)
    error = await api.query_error(refused)
    assert error["extensions"] == {"code": "LIMIT_EXCEEDED", "limit": limit}


async def test_an_operation_beyond_a_limit_ends_alone(api: RunningApi, market: Market) -> None:
    market.tick()
    async with api.socket() as socket:
        await socket.subscribe("1", 'subscription { ticks(symbol: "ES") { seq } }')
        assert (await socket.tick())["seq"] == 1
        await socket.subscribe("2", f'subscription {{ ticks(symbol: "ES") {{ {_leaves(LIMITS.leaves + 1)} }} }}')
        refused = await socket.receive()
        assert (refused["type"], refused["id"]) == ("error", "2")
        assert refused["payload"][0]["extensions"]["limit"] == "leaves"
        market.tick()
        assert (await socket.tick())["seq"] == 2


@pytest.mark.parametrize("root", ["lastPrices", "board"])
async def test_the_symbols_of_an_argument_are_limited(api: RunningApi, neighbour: Neighbour, root: str) -> None:
    document = "%s($s: [String!]) { %s(symbols: $s) { seq } }"
    symbols = ["ES", *(f"A{number}" for number in range(LIMITS.symbols))]
    if root == "lastPrices":
        query = document % ("query", root)
        assert len((await api.query(query, s=symbols[:-1]))[root]) == 1
        error = await api.query_error(query, s=symbols)
    else:
        async with api.socket() as socket:
            await socket.subscribe("1", document % ("subscription", root), s=symbols[:-1])
            await socket.next("1")
            await socket.subscribe("2", document % ("subscription", root), s=symbols)
            while (message := await socket.receive())["id"] == "1":
                pass
            error = message["payload"][0] if isinstance(message["payload"], list) else message["payload"]["errors"][0]
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": "symbols"}


_TWICE = "query ($s: [String!]) { lastPrices(symbols: $s) { ...f ...f } } fragment f on Tick { seq bid }"
_HISTORY = 'query ($n: Int = 30) { history(symbol: "A", last: $n) { edges { cursor } %s } }'


@pytest.mark.parametrize(
    ("document", "variables", "cost"),
    [
        ("{ symbols }", {}, 7),
        ("{ lastPrices { seq bid } }", {}, 14),
        ('{ lastPrices(symbols: ["A", "B"]) { seq bid } }', {}, 4),
        (_TWICE, {"s": ["A"] * 3}, 12),
        (_HISTORY % "pageInfo { endCursor }", {}, 60),
        (_HISTORY % "", {"n": 5}, 5),
        ('{ history(symbol: "A") { edges { cursor } } }', {}, 100),
        ("{ ...a } fragment a on Query { ...a symbols }", {}, 7),
        ("query A { symbols } query B { lastPrices { seq bid } }", {}, 14),
    ],
)  # fmt: skip
def test_the_cost_of_a_document(document: str, variables: dict[str, object], cost: int) -> None:
    computed = DocumentCost(parse(document)).of(None, variables, known_symbols=7)
    assert max(computed.values()) == cost


def test_an_operation_on_all_symbols_may_have_so_many_fields_however_many_symbols_there_are() -> None:
    for known in (3_000, 10_000):
        for leaves, limit in ((LIMITS.cost_for_each_symbol, None), (LIMITS.cost_for_each_symbol + 1, "cost")):
            document = parse(f"{{ lastPrices {{ {_leaves(leaves)} }} }}")
            error = DocumentCost(document).error(None, {}, known, LIMITS)
            assert (error and error.extensions and error.extensions["limit"]) == limit


async def test_the_errors_of_a_document_that_are_looked_for_are_limited(api: RunningApi, neighbour: Neighbour) -> None:
    for count in (LIMITS.errors, LIMITS.errors + 1):
        unknown = " ".join(f"symbolsymbol{number}" for number in range(count))
        answer = await api.post(f"{{ {unknown} }}")
        assert {error["extensions"]["code"] for error in answer["errors"]} == {"GRAPHQL_VALIDATION_FAILED"}
        messages = [error["message"] for error in answer["errors"]]
        assert len(messages) == count
        assert ("Validation aborted" in messages[-1]) == (count > LIMITS.errors)


async def test_the_introspection_of_clients_is_allowed(api: RunningApi) -> None:
    query = get_introspection_query(descriptions=True, directive_is_repeatable=True, input_value_deprecation=True)
    assert (await api.query(query))["__schema"]["queryType"]["name"] == "Query"


def test_the_cache_of_documents_is_bounded_in_bytes() -> None:
    cache = DocumentCache(max_bytes=1000, max_document_bytes=100)
    for number in range(100):
        cache.document(f"{{ {'a' * 80}{number} }}", {})
    assert 900 < cache.bytes <= 1000
    cache.document(f"{{ {'a' * 200} }}", {})
    assert cache.bytes <= 1000
    text = "{ symbols }"
    assert cache.document(text, {}) is cache.document(text, {})
    assert cache.document("{ %s }" % ("a" * 200), {}) is not cache.document("{ %s }" % ("a" * 200), {})
