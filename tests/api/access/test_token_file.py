"""The token file: what it holds, who may read it, and what is wrong with a broken one."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tickql.api.access.authenticator import Authenticator
from tickql.api.access.grant import Role
from tickql.api.access.symbol_patterns import SymbolPatterns
from tickql.api.access.token_file import TokenFile
from tickql.api.errors import TokenFileUnusable, Unauthenticated
from tickql.api.settings import ApiSettings

ES = SymbolPatterns.parse("ES")


@pytest.fixture
def file(tmp_path: Path) -> TokenFile:
    return TokenFile(tmp_path / "folder" / "tokens.json")


def test_the_file_holds_no_token_and_is_its_owners_only(file: TokenFile) -> None:
    token, entry = file.issue("dashboard", ES, Role.READER, None)
    assert file.read() == {entry.id: entry}
    assert token.split("_", 2)[2] not in file.path.read_text()
    assert file.path.stat().st_mode & 0o777 == 0o600


async def test_only_the_whole_token_is_accepted(file: TokenFile) -> None:
    token, _ = file.issue("dashboard", ES, Role.READER, None)
    authenticator = Authenticator(ApiSettings(token_file=file.path))
    assert (await authenticator.authenticate(token)).symbols == ES
    for wrong in (
        token[:-1],
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        token + "A",
        token.upper(),
        "",
        "x" * 10_000,
    ):
        with pytest.raises(Unauthenticated):
            await authenticator.authenticate(wrong)


async def test_a_token_ends_at_its_time(file: TokenFile) -> None:
    ended, _ = file.issue("ended", ES, Role.READER, int(time.time()) - 1)
    authenticator = Authenticator(ApiSettings(token_file=file.path))
    with pytest.raises(Unauthenticated, match="has expired"):
        await authenticator.authenticate(ended)


async def test_changes_are_taken_up_and_a_broken_file_changes_nothing(
    file: TokenFile, caplog: pytest.LogCaptureFixture
) -> None:
    token, _ = file.issue("first", ES, Role.READER, None)
    authenticator = Authenticator(ApiSettings(token_file=file.path))
    whole = file.path.read_text()
    for broken in ("", whole[: len(whole) // 2], "[]", '{"tokens": [{"id": 1}]}'):
        file.path.write_text(broken)
        authenticator.refresh()
        await authenticator.authenticate(token)
    assert caplog.text.count("the tokens before stay valid") == 4
    file.path.unlink()
    authenticator.refresh()
    await authenticator.authenticate(token)
    second, _ = file.issue("second", ES, Role.READER, None)
    authenticator.refresh()
    await authenticator.authenticate(second)
    with pytest.raises(Unauthenticated, match="unknown, or was revoked"):
        await authenticator.authenticate(token)


def leave_out(path: Path) -> None:
    assert not path.exists()


def make_folder(path: Path) -> None:
    path.mkdir()


def open_to_all(path: Path) -> None:
    path.write_text('{"tokens": []}')
    path.chmod(0o644)


def text(content: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_text(content)
        path.chmod(0o600)

    return write


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (leave_out, "does not exist: `tickql token new` makes it"),
        (make_folder, "is a folder"),
        (open_to_all, "is open to other users: chmod 600"),
        pytest.param(text(""), "is broken: the file: Invalid JSON", id="empty"),
        pytest.param(text('{"tokens": ['), "is broken: the file: Invalid JSON", id="half"),
        (text('{"tokens": [{"id": "abcdefgh"}]}'), r"is broken: tokens\.0\.name: Field required"),
        (text('{"tokens": [], "more": 1}'), "is broken: more: Extra inputs"),
    ],
)
def test_a_server_does_not_start_with_an_unusable_file(tmp_path: Path, make: Callable[[Path], None], why: str) -> None:
    path = tmp_path / "tokens.json"
    make(path)
    with pytest.raises(TokenFileUnusable, match=why):
        Authenticator(ApiSettings(token_file=path))


def test_tokens_that_are_issued_at_the_same_time_are_all_kept(file: TokenFile) -> None:
    with ThreadPoolExecutor(8) as threads:
        issued = list(threads.map(lambda number: file.issue(f"t{number}", ES, Role.READER, None)[1].id, range(40)))
    assert set(file.read()) == set(issued)


def test_a_name_names_one_token(file: TokenFile) -> None:
    _, entry = file.issue("a", ES, Role.READER, None)
    with pytest.raises(TokenFileUnusable, match="has a token 'a': revoke it, or choose another name"):
        file.issue("a", ES, Role.READER, None)
    assert file.revoke("b") is None
    assert file.revoke("a") == entry
    assert json.loads(file.path.read_text()) == {"tokens": []}
