"""The board and its files over HTTP."""

import gzip
import re
from pathlib import Path

import pytest

from tests.api.conftest import RunningApi
from tickql.api.web_board.page import BOARD


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that replaces the built board."""
    folder = tmp_path / "dist"
    monkeypatch.setattr(BOARD, "dist", folder)
    return folder


@pytest.fixture
def built(build: Path) -> Path:
    """Write the files that a build has at least."""
    (build / "assets").mkdir(parents=True)
    (build / "index.html").write_text("<title>tickql</title>")
    (build / "assets" / "main-1.js").write_text("plain")
    (build / "assets" / "main-1.js.gz").write_bytes(gzip.compress(b"compressed"))
    (build / "assets" / "font-1.woff2").write_text("font")
    return build


async def test_the_board_is_served_at_the_root_under_a_strict_policy(built: Path, api: RunningApi) -> None:
    answer = await api.get("/")
    assert (answer.status_code, answer.text) == (200, "<title>tickql</title>")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["cache-control"] == "no-cache"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize(("accepted", "text"), [("gzip, br", "compressed"), ("identity", "plain")])
async def test_a_script_is_served_compressed_to_whoever_reads_that(
    built: Path, api: RunningApi, accepted: str, text: str
) -> None:
    answer = await api.get("/assets/main-1.js", headers={"Accept-Encoding": accepted})
    assert (answer.status_code, answer.text) == (200, text)
    assert re.match(r"(text|application)/javascript", answer.headers["content-type"])
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "Accept-Encoding" in answer.headers["vary"]
    assert "immutable" in answer.headers["cache-control"]


async def test_what_has_no_compressed_copy_is_served_as_it_is(built: Path, api: RunningApi) -> None:
    answer = await api.get("/assets/font-1.woff2", headers={"Accept-Encoding": "gzip"})
    assert (answer.status_code, answer.text) == (200, "font")
    assert "content-encoding" not in answer.headers


@pytest.mark.parametrize("path", ["/assets/none.js", "/assets/../index.html", "/assets/%2e%2e/index.html"])
async def test_only_the_files_of_the_board_are_served(built: Path, api: RunningApi, path: str) -> None:
    assert (await api.get(path, headers={"Accept-Encoding": "gzip"})).status_code == 404


async def test_without_a_built_board_the_answer_says_how_to_build_it(build: Path, api: RunningApi) -> None:
    answer = await api.get("/")
    assert answer.status_code == 200
    assert "make board" in answer.text
    assert (await api.get("/assets/main-1.js")).status_code == 404
