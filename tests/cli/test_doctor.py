"""`tickql doctor`: each verdict, brought about for real, comes with the way to mend it."""

import asyncio
import json
import os
import resource
import shutil
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.no_sandbox import as_ordinary_user, browser_without_sandbox
from tests.support.reading import client
from tests.support.redis_server import RedisServer
from tests.support.redis_users import UsersServer
from tests.support.waiting import DEADLINE_S
from tickql.cli.doctor import machine
from tickql.cli.doctor.browser import browser_findings, page, version
from tickql.cli.doctor.finding import Finding, Level
from tickql.cli.doctor.redis import clock, redis_findings
from tickql.cli.doctor.redis import version as redis_version
from tickql.cli.main import main
from tickql.demo import __file__ as demo_file
from tickql.feed.embedded.ports import free_port
from tickql.feed.settings import FeedSettings
from tickql.producer.inspect.browser_check import BrowserFound, try_page


def _levels(findings: list[Finding]) -> dict[str, Level]:
    return {finding.check: finding.level for finding in findings}


def _bad(findings: list[Finding]) -> Finding:
    """The only one that is not ok. It says how to mend it."""
    (finding,) = (finding for finding in findings if finding.level is not Level.OK)
    assert finding.remedy
    return finding


def test_a_port_that_is_taken_fails() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        finding = machine.port("127.0.0.1", taken.getsockname()[1])
    assert (finding.level, "address already in use" in finding.found) == (Level.FAILED, True)
    assert "TICKQL_PORT" in (finding.remedy or "")
    assert machine.port("127.0.0.1", free_port()).level is Level.OK
    assert machine.port("no.such.host.invalid", 80).level is Level.FAILED


@pytest.mark.parametrize(
    ("requirement", "fault"),
    [
        ("redis>=99", "is not >=99"),
        ("redis<2", "is not <2"),
        ("no-such-package>=1", "no-such-package is not installed"),
        ("redis[x]<99,>=2", None),
        ("no-such-package; sys_platform == 'plan9'", None),
        ("no-such-package; extra == 'dev'", None),
    ],
)
def test_packages_are_there_in_the_versions_that_are_required(
    requirement: str, fault: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "sample-1.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: sample\nVersion: 1\nRequires-Dist: {requirement}\n")
    monkeypatch.syspath_prepend(tmp_path)
    finding = machine.packages("sample")
    assert finding.level is (Level.OK if fault is None else Level.FAILED)
    assert fault is None or fault in finding.found


@pytest.mark.parametrize(("limit", "level"), [(200, Level.FAILED), (1_000, Level.WARNING), (4_096, Level.OK)])
def test_few_file_descriptors_are_named(limit: int, level: Level) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    try:
        finding = machine.descriptors()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert (finding.level, f"{limit:,}" in finding.found) == (level, True)
    assert level is Level.OK or "ulimit -n" in (finding.remedy or "")


@pytest.mark.parametrize(
    ("free_bytes", "group", "level"),
    [
        (8_000_000_000, None, Level.OK),
        (500_000_000, None, Level.WARNING),
        (100_000_000, None, Level.FAILED),
        (8_000_000_000, ("max", "1000"), Level.OK),
        (8_000_000_000, ("1000000000", "900000000"), Level.FAILED),
    ],
)
def test_little_memory_is_named(free_bytes: int, group: tuple[str, str] | None, level: Level, tmp_path: Path) -> None:
    if group is not None:
        (tmp_path / "memory.max").write_text(f"{group[0]}\n")
        (tmp_path / "memory.current").write_text(f"{group[1]}\n")
    assert machine.memory(free_bytes, tmp_path).level is level


def test_a_data_folder_that_cannot_be_made_fails(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert machine.data_folder(tmp_path / "file" / "data").level is Level.FAILED
    assert machine.data_folder(tmp_path / "new" / "data").level is not Level.FAILED


async def test_a_good_redis_is_well(valkey: RedisServer, own_feed: FeedSettings) -> None:
    findings = await redis_findings(own_feed)
    assert set(_levels(findings).values()) == {Level.OK}
    assert list(_levels(findings)) == [
        "redis", "redis rights", "redis version", "redis eviction", "redis append-only file", "redis role", "clock",
    ]  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize(
    ("commands", "check", "level"),
    [
        ([("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")], "redis eviction", Level.WARNING),
        (
            [("CONFIG", "SET", "maxmemory-policy", "allkeys-lfu"), ("CONFIG", "SET", "maxmemory", "1gb")],
            "redis eviction",
            Level.FAILED,
        ),
        ([("CONFIG", "SET", "maxmemory", "1mb")], "redis eviction", Level.WARNING),
        ([("CONFIG", "SET", "appendonly", "no")], "redis append-only file", Level.WARNING),
        ([("REPLICAOF", "127.0.0.1", "1")], "redis role", Level.FAILED),
        ([("ACL", "SETUSER", "default", "-evalsha", "-evalsha_ro")], "redis rights", Level.FAILED),
        ([("ACL", "SETUSER", "default", "-info")], "redis version", Level.WARNING),
        ([("ACL", "SETUSER", "default", "-pexpire")], "redis rights for operators", Level.WARNING),
        ([("ACL", "SETUSER", "default", "resetchannels")], "redis rights", Level.FAILED),
        ([("ACL", "SETUSER", "default", "resetkeys")], "redis rights", Level.FAILED),
    ],
)
async def test_what_is_wrong_with_a_redis_is_named(
    commands: list[tuple[str, ...]], check: str, level: Level, valkey: RedisServer, own_feed: FeedSettings
) -> None:
    async with client(own_feed) as redis:
        for command in commands:
            await redis.execute_command(*command)  # type: ignore[no-untyped-call]
    finding = _bad(await redis_findings(own_feed))
    assert (finding.check, finding.level) == (check, level)


@pytest.mark.long
@pytest.mark.parametrize(("user", "rule"), [("producer", "+pexpire"), ("api", "+publish")])
async def test_the_users_of_the_parts_lack_no_right_until_one_is_taken(user: str, rule: str, tmp_path: Path) -> None:
    server = UsersServer(tmp_path)
    server.start()
    try:
        before = _levels(await redis_findings(server.feed(user)))
        assert before["redis rights"] is Level.OK
        assert "redis rights for operators" not in before
        async with client(server.feed("admin")) as admin:
            await admin.execute_command("ACL", "SETUSER", user, "clearselectors")  # type: ignore[no-untyped-call]
        findings = {each.check: each for each in await redis_findings(server.feed(user))}
        assert findings["redis rights"].level is Level.OK
        assert findings["redis rights for operators"].level is Level.WARNING
        assert rule in findings["redis rights for operators"].found
    finally:
        server.stop()


async def test_a_redis_that_is_named_and_does_not_answer_fails_without_its_password_being_told() -> None:
    port = free_port()
    finding = _bad(await redis_findings(FeedSettings(redis_url=f"redis://:secret@127.0.0.1:{port}/0")))
    assert finding.level is Level.FAILED
    assert f"redis://:***@127.0.0.1:{port}/0 does not answer" in finding.found


@pytest.mark.parametrize(
    ("info", "level"),
    [
        ({"redis_version": "6.2.1"}, Level.FAILED),
        ({"redis_version": "7.0.0"}, Level.OK),
        ({"redis_version": "7.2.4", "valkey_version": "7.2.5"}, Level.FAILED),
        ({"redis_version": "7.2.4", "valkey_version": "8.0.1"}, Level.OK),
    ],
)
def test_an_old_server_fails(info: dict[str, str], level: Level) -> None:
    assert redis_version(info).level is level


def test_clocks_that_differ_are_named() -> None:
    assert clock(0.01).level is Level.OK
    assert clock(-3.0).found == "3000 ms ahead of that of Redis"
    assert {clock(offset).level for offset in (-3.0, 3.0, None)} == {Level.WARNING}


@pytest.mark.long
@pytest.mark.parametrize(("program", "found"), [("/nowhere", "is not a program"), ("/bin/false", "does not start")])
async def test_a_browser_that_is_none_fails(program: str, found: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TICKQL_BROWSER", program)
    finding = _bad(await browser_findings())
    assert (finding.check, finding.level) == ("browser", Level.FAILED)
    assert program in finding.found
    assert found in finding.found


@pytest.mark.long
async def test_a_driver_that_does_not_start_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYWRIGHT_NODEJS_PATH", shutil.which("false") or "")
    finding = _bad(await browser_findings())
    assert (finding.check, finding.level) == ("browser", Level.FAILED)
    assert "Playwright's driver does not start" in finding.found
    # Playwright still waits for its process; with the loop gone, that would be found unclosed in the middle of a test.
    async with asyncio.timeout(DEADLINE_S):
        await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()})


@pytest.mark.skipif(sys.platform != "linux", reason="the sandboxes are Linux's")
async def test_a_sandbox_that_may_not_be_used_is_one_line_that_says_what_to_do(tmp_path: Path) -> None:
    browser = await browser_without_sandbox(tmp_path)
    feed = shutil.copy(Path(demo_file).with_name("feed.toml"), tmp_path)
    ended = await asyncio.to_thread(
        subprocess.run,
        [*as_ordinary_user(), sys.executable, "-m", "tickql", "check", feed],
        capture_output=True, text=True, timeout=DEADLINE_S, check=False,
        env={**os.environ, "HOME": str(tmp_path), "TICKQL_BROWSER": str(browser), "TICKQL_NO_SANDBOX": "0",
             "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert ended.returncode == 1
    said = ended.stderr.splitlines()[-1]
    assert said.startswith("tickql: the browser may not use its sandbox here: allow user namespaces for it")
    assert "Traceback" not in ended.stderr


def test_a_browser_of_another_age_is_a_warning() -> None:
    found = BrowserFound(Path("chromium"), "156.0.1", "159.0.2", has_sandbox=True)
    assert version(found).level is Level.OK
    assert version(found._replace(version="120.0.1")).level is Level.WARNING


@pytest.mark.long
async def test_a_page_is_judged_by_its_timers_and_by_what_is_seen_of_it() -> None:
    seen = await try_page()
    assert (seen.state, len(seen.fields)) == ("LIVE", 1)
    assert seen.timer_hz is not None
    (field,) = seen.fields
    good, slow, hung = (
        page(replace(seen, timer_hz=hz, fields=(replace(field, changes_per_s=95.0),))) for hz in (95.0, 50.0, 1.0)
    )
    assert (good.level, slow.level, hung.level) == (Level.OK, Level.WARNING, Level.FAILED)
    assert page(replace(seen, timer_hz=None)).level is Level.FAILED


def test_the_command_tells_programs_all_of_it_and_fails_if_something_failed(
    tmp_path: Path, feed_settings: FeedSettings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    feed = tmp_path / "my.toml"
    feed.write_text("[page]\n")
    monkeypatch.setenv("TICKQL_REDIS_URL", feed_settings.redis_url)
    monkeypatch.setenv("TICKQL_BROWSER", "/nowhere")
    monkeypatch.setenv("TICKQL_PORT", str(free_port()))
    monkeypatch.setattr("sys.argv", ["tickql", "doctor", str(feed), "--json"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    findings = {finding["check"]: finding for finding in json.loads(capsys.readouterr().out)}
    failed = {check for check, finding in findings.items() if finding["level"] == "failed"}
    assert {"browser", "feed file"} <= failed
    assert {"python", "packages", "port", "redis"}.isdisjoint(failed)
    assert all(finding["remedy"] for finding in findings.values() if finding["level"] != "ok")
    assert str(feed) in findings["feed file"]["found"]
