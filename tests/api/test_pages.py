"""The GraphiQL page and its files over HTTP."""

import re
from pathlib import Path

import pytest

from tests.api.conftest import RunningApi
from tickql.api.graphiql.page import GRAPHIQL

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that replaces the built page."""
    folder = tmp_path / "dist"
    monkeypatch.setattr(GRAPHIQL, "dist", folder)
    return folder


@pytest.fixture
def built(build: Path) -> Path:
    """Write the files that a build has at least."""
    (build / "assets").mkdir(parents=True)
    (build / "index.html").write_text("<title>tickql</title>")
    (build / "assets" / "main-1.js").write_text("1")
    return build


async def test_a_browser_gets_graphiql_under_a_strict_policy(built: Path, api: RunningApi) -> None:
    answer = await api.get("/graphql", headers=BROWSER)
    assert (answer.status_code, answer.text) == (200, "<title>tickql</title>")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["cache-control"] == "no-cache"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert not re.search(r"script-src[^;]*unsafe", policy)


async def test_browsers_may_cache_the_files_of_the_page_without_limit(built: Path, api: RunningApi) -> None:
    answer = await api.get("/graphiql/main-1.js")
    assert (answer.status_code, answer.text) == (200, "1")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize("path", ["/graphiql/none.js", "/graphiql/../index.html", "/graphiql/%2e%2e/index.html"])
async def test_only_the_files_of_the_page_are_served(built: Path, api: RunningApi, path: str) -> None:
    assert (await api.get(path)).status_code == 404


async def test_without_a_built_page_the_answer_explains_how_to_build_it(build: Path, api: RunningApi) -> None:
    answer = await api.get("/graphql", headers=BROWSER)
    assert answer.status_code == 200
    assert "make graphiql" in answer.text
    assert (await api.get("/graphiql/main-1.js")).status_code == 404
