"""What the documents for contributors and operators say of the tree is true."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = ("docs/architecture.md", "docs/operations.md", "docs/deploy.md", "CONTRIBUTING.md", "SECURITY.md")
_PATH = re.compile(
    r"`((?:api|clients|demo|deploy|docs|feed|producer|tests|tickql)/[\w./-]*|[\w.-]+\.(?:md|toml|lock|graphql))`"
)
_VERB = re.compile(r"`make ([\w-]+)")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_file_and_folder_that_a_document_names_exists(document: str) -> None:
    named = set(_PATH.findall((ROOT / document).read_text()))
    assert named
    assert {path for path in named if not (ROOT / path).exists()} == set()


@pytest.mark.parametrize("document", ["docs/architecture.md", "CONTRIBUTING.md"])
def test_every_make_verb_that_a_document_names_exists(document: str) -> None:
    verbs = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(_VERB.findall((ROOT / document).read_text())) <= verbs


def test_the_architecture_names_every_room() -> None:
    text = (ROOT / "docs/architecture.md").read_text()
    rooms = {
        f"{path.parent.relative_to(ROOT)}/"
        for package in ("api", "producer")
        for path in (ROOT / package).glob("*/__init__.py")
    }
    assert {room for room in rooms if f"`{room}`" not in text} == set()
