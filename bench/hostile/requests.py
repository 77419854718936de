"""Hostile HTTP requests. `number` counts the repeats: no document comes twice, so that no cache helps."""

import json
from urllib.parse import quote

from bench.hostile.client import INVENTED, Target
from bench.ticker import symbol

_ES = symbol(0)


def _body(query: str, **variables: object) -> bytes:
    return json.dumps({"query": query, "variables": variables}).encode()


async def _post(target: Target, body: bytes, *headers: str) -> None:
    async with target.client() as client:
        await client.post(body, headers)


async def many_symbols_times_aliases(target: Target, number: int) -> None:
    """80 aliases of 8,000 invented symbols."""
    aliases = " ".join(f"a{each}_{number}: lastPrices(symbols: $s) {{ seq }}" for each in range(80))
    await _post(target, _body(f"query ($s: [String!]) {{ {aliases} }}", s=INVENTED))


async def a_page_times_aliases(target: Target, number: int) -> None:
    """A page of 1,000 ticks with 320 aliases of one field."""
    fields = " ".join(f"a{each}_{number}: mid" for each in range(320))
    await _post(target, _body(f'{{ history(symbol: "{_ES}", last: 1000) {{ edges {{ node {{ {fields} }} }} }} }}'))


async def the_dearest_page(target: Target, number: int) -> None:
    """A page that costs all that a document may cost: 780 ticks with 64 fields."""
    fields = " ".join(f"a{each}_{number}: mid" for each in range(64))
    await _post(target, _body(f'{{ history(symbol: "{_ES}", last: 780) {{ edges {{ node {{ {fields} }} }} }} }}'))


async def a_thousand_dear_tokens(target: Target, number: int) -> None:
    """A document of 1,000 tokens that is allowed, and as dear as such a one can be."""
    fields = " ".join(f'a{each}: lastPrices(symbols: ["{_ES}" "B{number}"]) {{ seq }}' for each in range(70))
    await _post(target, _body(f"query Q{number} {{ {fields} }}"))


async def a_thousand_refused_tokens(target: Target, number: int) -> None:
    """One of 1,000 tokens with fields that validation would compare with each other."""
    await _post(target, _body(f"query Q{number} {{ {'lastPrices { seq } ' * 240} }}"))


async def a_board_of_aliases(target: Target, number: int) -> None:
    """500 symbols with as many aliases as the cost allows: a large answer that nobody asks for again."""
    fields = " ".join(f"a{each}_{number}: mid" for each in range(64))
    symbols = [_ES] * 500
    await _post(target, _body(f"query ($s: [String!]) {{ lastPrices(symbols: $s) {{ {fields} }} }}", s=symbols))


async def a_long_accept(target: Target, number: int) -> None:
    """An `Accept` header of 8 KB."""
    kinds = ", ".join(f"application/x-{number}-{each};q=0.{each % 9 + 1}" for each in range(260))[:8000]
    await _post(target, _body("{ symbols }"), f"Accept: {kinds}, application/json")


async def a_foreign_page(target: Target, number: int) -> None:
    """A stream that another web site opens by GET, and requests under a foreign host name."""
    symbols = json.dumps({"s": INVENTED[:300]})
    query = quote("subscription ($s: [String!]) { board(symbols: $s) { seq } }")
    for host, origin in (("127.0.0.1", "http://evil.example"), ("evil.example", "http://evil.example")):
        async with target.client() as client:
            head = f"GET /graphql?query={query}&variables={quote(symbols)} HTTP/1.1\r\nHost: {host}\r\n"
            await client.send(f"{head}Origin: {origin}\r\nAccept: text/event-stream\r\n\r\n".encode())
            await client.answer()


async def an_endless_header(target: Target, number: int) -> None:
    """A header of 40 MB."""
    async with target.client() as client:
        await client.send(b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nX-A: ")
        for _ in range(640):
            if not await client.send(b"a" * 65_536):
                break
        await client.answer()


async def a_million_headers(target: Target, number: int) -> None:
    """10 MB of small headers."""
    async with target.client() as client:
        await client.send(b"POST /graphql HTTP/1.1\r\nHost: localhost\r\n")
        for _ in range(160):
            if not await client.send(b"X-A: b\r\n" * 8192):
                break
        await client.answer()


MALFORMED = (
    *(b"1", b"null", b'"x"', b"NaN", b"[" * 30_000, b'{"a":' * 9000, b"9" * 5000, b"\xff\xfe", b"[]"),
    *(b'{"query":"\xff"}', b'{"query":"{symbols}","operationName":"\\ud800"}', b'{"query":1}', b"[{}]" * 1000),
)


async def malformed_bodies(target: Target, number: int) -> None:
    """Bodies that are no request: no JSON, too deep, not UTF-8, of wrong types."""
    for body in MALFORMED:
        await _post(target, body)


async def broken_off_bodies(target: Target, number: int) -> None:
    """50 requests whose client leaves in the middle of the body."""
    for _ in range(50):
        async with target.client() as client:
            await client.send(client.request(b"x" * 1000)[:-900])
