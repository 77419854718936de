"""All checks of `tickql doctor`, and their results for people and programs."""

import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from pathlib import Path

from rich.console import Console
from rich.text import Text

from tickql.cli.doctor import machine
from tickql.cli.doctor.browser import browser_findings
from tickql.cli.doctor.finding import Finding, Level, failed, ok
from tickql.cli.doctor.redis import redis_findings
from tickql.cli.progress import count
from tickql.cli.settings import Settings
from tickql.producer.errors import FeedFileError, SecretMissing
from tickql.producer.feed_files import load_feeds

_MARKS = {Level.OK: ("ok     ", "green"), Level.WARNING: ("warning", "yellow"), Level.FAILED: ("FAILED ", "bold red")}


async def examine(settings: Settings, feed: Path | None) -> AsyncGenerator[Finding, None]:
    """Yield the result of each check as soon as it is known. `feed`: a feed file to check as well."""
    # From the cheap to the slow checks, and what the later ones need before them.
    yield machine.python()
    yield machine.packages()
    yield machine.memory()
    yield machine.descriptors()
    yield machine.data_folder(settings.data)
    yield machine.port(settings.host, settings.port)
    for finding in await redis_findings(settings):
        yield finding
    for finding in await browser_findings():
        yield finding
    if feed is not None:
        yield feed_file(feed)


def feed_file(path: Path) -> Finding:
    """Check that a feed file is valid. Whether its page matches it is checked by `tickql check`."""
    try:
        (feed,) = load_feeds([path])
    except SecretMissing as error:
        return failed("feed file", f"{path}: {error}", "set it in the environment of tickql")
    except FeedFileError as error:
        return failed("feed file", str(error), "docs/feed-file.md describes every key")
    return ok("feed file", f"{path}: {count(len(feed.rules), 'rule')}; `tickql check {path}` checks its page")


async def doctor(settings: Settings, feed: Path | None, console: Console, *, as_json: bool) -> bool:
    """Run all checks and print their results. Returns whether none failed."""
    findings: list[Finding] = []
    async with aclosing(examine(settings, feed)) as found:
        async for finding in found:
            findings.append(finding)
            if not as_json:
                _show(finding, console)
    if as_json:
        print(json.dumps([finding._asdict() for finding in findings], indent=2))  # noqa: T201
    else:
        console.print(_summary(findings))
    return not any(finding.level is Level.FAILED for finding in findings)


def _show(finding: Finding, console: Console) -> None:
    mark, style = _MARKS[finding.level]
    console.print(Text.assemble((mark, style), f"  {finding.check}: {finding.found}"), soft_wrap=True)
    if finding.remedy is not None:
        console.print(Text(f"         to repair: {finding.remedy}", style="dim"), soft_wrap=True)


def _summary(findings: Sequence[Finding]) -> Text:
    bad = sum(finding.level is Level.FAILED for finding in findings)
    doubtful = sum(finding.level is Level.WARNING for finding in findings)
    if bad:
        return Text(f"{bad} of {count(len(findings), 'check')} failed", style="bold red")
    warned = f", {count(doubtful, 'warning')}" if doubtful else ""
    return Text(f"nothing failed in {count(len(findings), 'check')}{warned}", style="green")
