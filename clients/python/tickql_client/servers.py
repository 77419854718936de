"""Which server has a symbol: the one that an address names, the primary that Sentinel names, or a node of a cluster."""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterable
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from redis.asyncio import Redis
from redis.asyncio.sentinel import Sentinel
from redis.crc import key_slot
from redis.exceptions import RedisError

_SENTINEL = "+sentinel"
_OPTIONS = ("cluster", "sentinel_username", "sentinel_password")
_PORTS = {False: 6379, True: 26379}
_OTHERS_S = 0.1
"""How long the answers of other nodes are waited for after the first one. A node that hangs would answer never."""


class Server(NamedTuple):
    """The address of one server, and whether it is a node of a cluster: then its channels are sharded."""

    url: str
    is_sharded: bool = False


async def find_server(url: str, key: str, timeout_s: float) -> Server:
    """Return the server that has a key.

    Raises:
        ValueError: `url` is not an address.
        RedisError, OSError: nobody says where the key is.
    """
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    if parts.scheme.endswith(_SENTINEL):
        return Server(await _primary(url, options, timeout_s))
    if options.get("cluster", "0") not in ("1", "true", "yes"):
        return Server(url)
    hosts = _hosts(url, is_sentinel=False)
    found = await _most_frequent(_owner(_server_url(url, *each), each[0], key, timeout_s) for each in hosts)
    return Server(_server_url(url, *found), is_sharded=True)


async def _most_frequent(asked: Iterable[Coroutine[Any, Any, tuple[str, int]]]) -> tuple[str, int]:
    """Return what most nodes say: one that was cut off from the others does not know what has changed since.

    Raises: what a node raised, if none answers.
    """
    answers: Counter[tuple[str, int]] = Counter()
    failures: list[Exception] = []

    async def count(answer: Coroutine[Any, Any, tuple[str, int]]) -> None:
        try:
            answers[await answer] += 1
        except (RedisError, OSError) as error:
            failures.append(error)

    waiting = {asyncio.create_task(count(each)) for each in asked}
    try:
        while waiting and not answers:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        if waiting:
            await asyncio.wait(waiting, timeout=_OTHERS_S)
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
    if not answers:
        raise failures[-1]
    return answers.most_common(1)[0][0]


async def _owner(url: str, asked: str, key: str, timeout_s: float) -> tuple[str, int]:
    redis: Any = Redis.from_url(url, protocol=2, socket_timeout=timeout_s, socket_connect_timeout=timeout_s)
    async with redis:
        ranges = await redis.execute_command("CLUSTER SLOTS")
    slot = key_slot(key.encode())
    # Decoded by redis-py, or as the server sends it.
    entries = [(*span, each["primary"]) for span, each in ranges.items()] if isinstance(ranges, dict) else ranges
    for first, last, primary, *_ in entries:
        if first <= slot <= last:
            host = primary[0].decode() if isinstance(primary[0], bytes) else primary[0]
            return host or asked, int(primary[1])
    raise RedisError(f"no node of the cluster serves slot {slot}")


async def _primary(url: str, options: dict[str, str], timeout_s: float) -> str:
    name, _, database = urlsplit(url).path.lstrip("/").partition("/")
    if not name:
        raise ValueError("the name of the primary is missing: redis+sentinel://host1,host2/NAME")
    login = {
        "username": options.get("sentinel_username"),
        "password": options.get("sentinel_password"),
        "ssl": urlsplit(url).scheme.startswith("rediss"),
        "socket_timeout": timeout_s,
    }
    given = {option: value for option, value in login.items() if value}
    sentinel: Any = Sentinel([*_hosts(url, is_sentinel=True)], sentinel_kwargs=given)  # type: ignore[no-untyped-call]
    try:
        host, port = await sentinel.discover_master(name)
    finally:
        for each in sentinel.sentinels:
            await each.aclose()
    return _server_url(url, host, int(port), database)


def _hosts(url: str, *, is_sentinel: bool) -> list[tuple[str, int]]:
    found = []
    for each in urlsplit(url).netloc.rpartition("@")[2].split(","):
        host, colon, port = each.rpartition(":")
        found.append((host.strip("[]"), int(port)) if colon else (each, _PORTS[is_sentinel]))
    return found


def _server_url(url: str, host: str, port: int, database: str = "") -> str:
    parts = urlsplit(url)
    login, at, _ = parts.netloc.rpartition("@")
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    query = urlencode([option for option in parse_qsl(parts.query) if option[0] not in _OPTIONS])
    return f"{parts.scheme.removesuffix(_SENTINEL)}://{login}{at}{place}/{database}{f'?{query}' if query else ''}"
