"""requirements.lock is in step with pyproject.toml and with itself. No network: read from what is installed."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import requires, version
from itertools import chain
from pathlib import Path

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCK_TEXT = (ROOT / "requirements.lock").read_text()


@dataclass(frozen=True, slots=True)
class Locked:
    version: str
    marker: Marker | None
    hashes: int

    @property
    def is_for_this_machine(self) -> bool:
        return self.marker is None or self.marker.evaluate()


def read_lock() -> dict[str, Locked]:
    joined = re.sub(r"\\\n", " ", LOCK_TEXT)
    entries = [line for line in joined.splitlines() if line and not line.lstrip().startswith("#")]
    return dict(read_entry(entry) for entry in entries)


def read_entry(entry: str) -> tuple[str, Locked]:
    said, *hashes = entry.split(" --hash=sha256:")
    requirement = Requirement(said.strip())
    (exact,) = requirement.specifier
    assert exact.operator == "==", entry
    return canonicalize_name(requirement.name), Locked(exact.version, requirement.marker, len(hashes))


LOCK = read_lock()


def asked_for() -> list[Requirement]:
    project = PROJECT["project"]
    extras = project["optional-dependencies"]
    locked = (extras[name] for name in ("otel", "kafka", "rabbitmq", "dev"))
    return [Requirement(text) for text in (*project["dependencies"], *chain.from_iterable(locked))]


def applying(requirements: Iterable[Requirement], extras: Iterable[str] = ("",)) -> Iterator[Requirement]:
    for requirement in requirements:
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in extras):
            yield requirement


def all_needed() -> Iterator[Requirement]:
    """Everything asked for, and what that asks for in turn, on this machine."""
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = list(applying(asked_for()))
    while waiting:
        requirement = waiting.pop()
        yield requirement
        key = (canonicalize_name(requirement.name), frozenset(requirement.extras))
        if key not in seen:
            seen.add(key)
            further = [Requirement(text) for text in requires(requirement.name) or []]
            waiting += applying(further, ("", *requirement.extras))


def faults(requirements: Iterable[Requirement]) -> list[str]:
    return [
        f"{requirement} (locked: {locked.version if locked else 'not'})"
        for requirement in requirements
        if (locked := LOCK.get(canonicalize_name(requirement.name))) is None
        or not requirement.specifier.contains(locked.version, prereleases=True)
    ]


ADVICE = "run `make lock`"


def test_every_dependency_is_locked_at_a_version_that_pyproject_allows() -> None:
    assert faults(asked_for()) == [], ADVICE


def test_what_the_dependencies_need_is_locked_too() -> None:
    assert faults(all_needed()) == [], ADVICE


def test_nothing_is_locked_that_nothing_needs() -> None:
    needed = {canonicalize_name(requirement.name) for requirement in all_needed()}
    here = {name for name, locked in LOCK.items() if locked.is_for_this_machine}
    assert here - needed == set(), ADVICE


def test_what_is_installed_is_what_is_locked() -> None:
    here = {name: locked.version for name, locked in LOCK.items() if locked.is_for_this_machine}
    assert {name: version(name) for name in here} == here, "run `make setup`"


def test_the_checkout_is_built_with_what_is_locked() -> None:
    assert faults(Requirement(text) for text in PROJECT["build-system"]["requires"]) == [], ADVICE


def test_every_locked_version_carries_hashes() -> None:
    assert [name for name, locked in LOCK.items() if locked.hashes == 0] == []


def test_the_lock_says_nothing_of_where_to_download() -> None:
    assert re.findall(r"://|--index-url|--extra-index|--find-links|--trusted-host", LOCK_TEXT) == []
