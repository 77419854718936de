"""Checks of Redis: that it answers, is new enough, keeps its data and has the right time."""

import tempfile
import time
from collections.abc import Awaitable, Mapping
from operator import itemgetter
from pathlib import Path
from typing import Any

from redis.exceptions import ResponseError

from tickql.cli.doctor.finding import Finding, Level, failed, ok, warning
from tickql.feed.cluster.slots import SlotMap, uncovered_text
from tickql.feed.cluster.topology import Topology
from tickql.feed.connect import open_connection
from tickql.feed.connection import RedisConnection
from tickql.feed.embedded.server import EmbeddedServer, find_server
from tickql.feed.errors import FeedError, FeedRefused, FeedUnavailable
from tickql.feed.keys import Keys
from tickql.feed.redis_address import RedisAddress
from tickql.feed.rights import (
    check_producer_rights,
    check_reader_rights,
    fault_rights,
    producer_rights,
    reader_rights,
    symbol_rights,
    view_request_rights,
    view_rights,
)
from tickql.feed.server_address import without_password
from tickql.feed.server_facts import NO_RUN_ID
from tickql.feed.settings import FeedSettings
from tickql.feed.timings import DEFAULT_TIMINGS

_CLOCK_TRIES = 5
_CLOCK_S = 0.25
"""Clocks further apart are worth a warning."""
_SLOW_MS = 20.0
"""An answer on one machine takes below 1 ms, within a data centre a few."""
_NEARLY_FULL = 0.8
"""Share of `maxmemory`."""
_SYMBOL = "ES"
"""Whether it exists does not matter."""
_SOURCE = "doctor"
"""Stands for every feed file."""
_RULES = "see deploy/redis/README.md"
_SECTIONS = ("server", "memory", "persistence", "replication")

Info = Mapping[str, str]
"""The fields of `INFO`, all sections together."""


async def redis_findings(settings: FeedSettings) -> list[Finding]:
    """Check the server that TICKQL_REDIS_URL names, or the embedded one if no server is named and none answers."""
    try:
        return await _examine(settings)
    except FeedUnavailable as error:
        if "redis_url" in settings.model_fields_set:
            found = f"{without_password(settings.redis_url)} does not answer: {error}"
            remedy = "start it, or correct TICKQL_REDIS_URL; without that setting `tickql up` starts a server itself"
            return [failed("redis", found, remedy)]
    # The default address does not answer, which is no fault: `tickql up` then starts the embedded server.
    try:
        program = find_server()
        with tempfile.TemporaryDirectory() as folder:
            async with EmbeddedServer(Path(folder)) as server:
                findings = await _examine(settings.model_copy(update={"redis_url": server.url}))
    except FeedError as error:
        return [failed("redis", str(error), "install a valkey-server or redis-server, or set TICKQL_REDIS_URL")]
    return [ok("redis", f"`tickql up` starts a server itself: {program}"), *findings[1:]]


async def _examine(settings: FeedSettings) -> list[Finding]:
    if settings.keys.is_sharded:
        return await _examine_cluster(settings)
    connection = await open_connection(settings.redis_url, "")
    return await _examine_server(settings, connection, without_password(settings.redis_url))


async def _examine_cluster(settings: FeedSettings) -> list[Finding]:
    """Check the slots of a cluster, then each primary. Of what several have in common the worst counts."""
    topology = Topology(RedisAddress.parse(settings.redis_url), DEFAULT_TIMINGS.redis_call_s)
    await topology.refresh()
    worst: dict[str, Finding] = {}
    for node in sorted(topology.slots.nodes, key=str):
        connection = await RedisConnection.open(topology.url_of(node))
        for finding in await _examine_server(settings, connection, str(node)):
            known = worst.get(finding.check)
            if known is None or (known.level is Level.OK and finding.level is not Level.OK):
                shown = finding.found if finding.level is Level.OK else f"{node}: {finding.found}"
                worst[finding.check] = finding._replace(found=shown)
    return [slots(topology.slots), *worst.values()]


def slots(slot_map: SlotMap) -> Finding:
    """Check that each slot of a cluster is served."""
    if slot_map.uncovered:
        return failed("redis cluster", uncovered_text(slot_map.uncovered), "`valkey-cli --cluster fix HOST:PORT`")
    return ok("redis cluster", f"{len(slot_map.nodes)} primaries serve all slots")


async def _examine_server(settings: FeedSettings, connection: RedisConnection, shown: str) -> list[Finding]:
    try:
        # The fastest answer counts: the others waited for other work of this machine.
        took_ms, offset_s = min([await _measure_clock(connection) for _ in range(_CLOCK_TRIES)], key=itemgetter(0))
        replies = await connection.call(*(("INFO", section) for section in _SECTIONS))
        rights = await _rights(connection, settings.keys)
    finally:
        await connection.close()
    info = _info([reply for reply in replies if not isinstance(reply, ResponseError)])
    first = [reachable(shown, took_ms), *rights]
    if not info:
        found = "INFO is refused: version, memory and persistence are not known, nor whether the server has restarted"
        return [*first, warning("redis version", found, "add to its user: +info"), clock(offset_s)]
    return [
        *first,
        *kind(info, expects_cluster=settings.keys.is_sharded),
        version(info),
        eviction(info),
        persistence(info),
        role(info),
        clock(offset_s),
    ]


async def _rights(connection: RedisConnection, keys: Keys) -> list[Finding]:
    """Check what this user may do: the user of a producer need not read the feed, nor that of the API write it."""
    able, lacks, views = [], [], []
    for part, check, needed, for_views in (
        (
            "produce",
            check_producer_rights,
            [*producer_rights(keys, keys.lease(_SOURCE)), *symbol_rights(keys, [_SYMBOL])],
            [*fault_rights(keys), *view_rights(keys, _SOURCE)],
        ),
        ("serve", check_reader_rights, reader_rights(keys), view_request_rights(keys)),
    ):
        if (lack := await _refusal(check(connection, needed))) is not None:
            lacks.append(f"{part}: {lack}")
            continue
        able.append(f"`tickql {part}`")
        if (lack := await _refusal(check(connection, for_views))) is not None:
            views.append(f"{part}: {lack}")
    if not able:
        return [failed("redis rights", "; ".join(lacks), _RULES)]
    findings = [ok("redis rights", f"of {' and '.join(able)}")]
    if views:
        found = f"prices work; operators do not see all that a producer sees: {'; '.join(views)}"
        findings.append(warning("redis rights for operators", found, _RULES))
    return findings


async def _refusal(check: Awaitable[None]) -> str | None:
    try:
        await check
    except FeedRefused as refused:
        return str(refused)
    return None


async def _measure_clock(connection: RedisConnection) -> tuple[float, float | None]:
    """Return how long an answer takes (ms), and how far the clock of Redis is ahead (s; `None`: Redis refuses TIME)."""
    asked_s, begun_s = time.time(), time.monotonic()
    (stamp,) = await connection.call(("TIME",))
    took_s = time.monotonic() - begun_s
    # Half of the round trip is assumed to have passed when the server reads its clock.
    return took_s * 1000, None if isinstance(stamp, ResponseError) else _seconds(stamp) - asked_s - took_s / 2


def reachable(url: str, took_ms: float) -> Finding:
    """Check how long an answer takes: each batch of ticks waits for one."""
    found = f"{url} answers in {took_ms:.1f} ms"
    if took_ms > _SLOW_MS:
        return warning("redis", found, "run Redis nearer to the producer: each batch of ticks waits for an answer")
    return ok("redis", found)


def kind(info: Info, *, expects_cluster: bool = False) -> list[Finding]:
    """Check that it is of the kind that the address names, and tells its runs apart. No finding: both is so."""
    findings = []
    if info.get("redis_mode", info.get("server_mode")) == "cluster" and not expects_cluster:
        findings.append(failed("redis kind", "a node of a Redis Cluster", "end TICKQL_REDIS_URL with /?cluster=1"))
    if not info.get("run_id"):
        findings.append(warning("redis run id", NO_RUN_ID, "use a server of which INFO server names the run_id"))
    return findings


def version(info: Info) -> Finding:
    """Check the version: Redis 7 or Valkey 8, or newer."""
    name, number = (
        ("Valkey", info["valkey_version"])
        if "valkey_version" in info
        else ("Redis", info.get("redis_version", "0, as it does not tell it"))
    )
    if int(number.partition(".")[0]) < (8 if name == "Valkey" else 7):
        return failed("redis version", f"{name} {number}", "install Redis 7 or newer, or Valkey 8 or newer")
    return ok("redis version", f"{name} {number}")


def eviction(info: Info) -> Finding:
    """Check what the server does when its memory is full: it must never delete keys of the feed."""
    policy, limit, used = (
        info.get("maxmemory_policy", "policy not told"),
        _number(info, "maxmemory"),
        _number(info, "used_memory"),
    )
    found = f"{policy}, {'no limit' if not limit else f'{used / 1e6:.0f} of {limit / 1e6:.0f} MB used'}"
    remedy = "`redis-cli CONFIG SET maxmemory-policy noeviction`, and the same in redis.conf"
    # No key of the feed expires: volatile-* policies do not touch them.
    if policy.startswith("allkeys"):
        judge = failed if limit else warning
        return judge("redis eviction", f"{found}: it would delete the newest ticks of the feed", remedy)
    if limit and used > _NEARLY_FULL * limit:
        return warning("redis eviction", found, "raise maxmemory, or keep fewer ticks: TICKQL_HISTORY_TICKS")
    return ok("redis eviction", found)


def persistence(info: Info) -> Finding:
    """Check that history survives a crash of the server."""
    if info.get("aof_enabled", "1") != "1":
        return warning(
            "redis append-only file",
            "off: if Redis crashes, history is lost, and readers get a gap",
            "`redis-cli CONFIG SET appendonly yes`, and the same in redis.conf",
        )
    if info.get("aof_last_write_status", "ok") != "ok":
        return failed("redis append-only file", "its last write failed", "check the disk of the Redis server")
    return ok("redis append-only file", "on")


def role(info: Info) -> Finding:
    """Check that the server accepts writes."""
    if info.get("role", "master") != "master":
        primary = f"{info.get('master_host')}:{info.get('master_port')}"
        return failed(
            "redis role", f"a replica of {primary}, which accepts no writes", "set TICKQL_REDIS_URL to that server"
        )
    return ok("redis role", "accepts writes")


def clock(offset_s: float | None) -> Finding:
    """Check how far the clocks of Redis and this machine are apart: leases and tick times use both."""
    if offset_s is None:
        return warning("clock", "Redis refuses TIME", "allow this user TIME")
    found = f"{abs(offset_s) * 1000:.0f} ms {'ahead of' if offset_s < 0 else 'behind'} that of Redis"
    if abs(offset_s) > _CLOCK_S:
        return warning("clock", found, "synchronise the clocks of both machines with NTP")
    return ok("clock", found)


def _seconds(stamp: list[bytes]) -> float:
    return int(stamp[0]) + int(stamp[1]) / 1e6


def _number(info: Info, name: str) -> int:
    return int(info.get(name, "0"))


def _info(sections: list[Any]) -> Info:
    lines = b"\n".join(sections).decode(errors="replace").splitlines()
    return dict(line.split(":", 1) for line in lines if ":" in line)
