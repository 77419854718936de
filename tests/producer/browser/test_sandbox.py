"""A browser without its sandbox: agreed to, or warned of."""

import logging

import pytest

from tickql.producer.browser import sandbox


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    sandbox._warn.cache_clear()


@pytest.fixture
def ordinary_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    sandbox._warn.cache_clear()


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize("given", ["", "0", "False"])
def test_as_root_one_warning_says_what_it_means_and_how_to_agree(
    given: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(sandbox.NO_SANDBOX_VARIABLE, given)
    assert [sandbox.has_sandbox(), sandbox.has_sandbox()] == [False, False]
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "WITHOUT ITS SANDBOX" in record.getMessage()
    assert "agree with --no-sandbox (TICKQL_NO_SANDBOX=1)" in record.getMessage()


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize("given", ["1", "True"])
def test_as_root_with_an_agreement_there_is_no_warning(
    given: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(sandbox.NO_SANDBOX_VARIABLE, given)
    assert not sandbox.has_sandbox()
    assert not caplog.records


@pytest.mark.usefixtures("ordinary_user")
@pytest.mark.parametrize(("given", "on"), [("", True), ("1", False)])
def test_an_ordinary_user_has_the_sandbox_unless_the_user_agrees_to_none(
    given: str, on: bool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(sandbox.NO_SANDBOX_VARIABLE, given)
    assert sandbox.has_sandbox() is on
    assert not caplog.records
