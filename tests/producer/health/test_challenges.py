"""Challenges and blocks in responses and titles; the access to a page, by its markers; and how long each may last."""

from collections.abc import Iterable

import pytest

from tests.producer.login.conftest import LAST
from tickql.producer.capture.messages import Heartbeat
from tickql.producer.errors import LoggedOut, PageBlocked, PageStale
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.markers import Marker, MarkerKind, page_markers
from tickql.producer.health.challenges import challenge, challenging_title, retry_after_s
from tickql.producer.health.page_access import AccessProblem, AccessTimeouts, PageAccess, judge_access

LOGIN = '[page.login]\nmarker = ["#me", "#you"]\nlogged_out = "#sign-in"\n'


@pytest.mark.parametrize(
    "title",
    [
        "Just a moment...",
        "Attention Required! | Cloudflare",
        "Access Denied",
        "Access to this page has been denied",
        "Pardon Our Interruption",
        "DDoS-Guard",
        "Are you a robot?",
        "Robot or human?",
        "Vercel Security Checkpoint",
        "Human Verification",
    ],
)
def test_titles_of_challenges_are_known(title: str) -> None:
    assert challenging_title(title)


@pytest.mark.parametrize(
    "title", ["", "E-mini S&P 500", "Securities and access", "Moments of truth - BTC 100,000", "Denied Boarding Index"]
)
def test_titles_of_price_pages_are_none(title: str) -> None:
    assert not challenging_title(title)


@pytest.mark.parametrize(
    ("status", "headers", "body", "vendor"),
    [
        (403, {"cf-mitigated": "challenge"}, "", "Cloudflare"),
        (202, {"x-amzn-waf-action": "challenge"}, "", "AWS WAF"),
        (405, {"x-amzn-waf-action": "captcha"}, "", "AWS WAF"),
        (429, {"x-vercel-mitigated": "challenge"}, "", "Vercel"),
        (503, {}, "<script>window._cf_chl_opt = {}</script>", "Cloudflare"),
        (403, {}, '<script src="https://ct.captcha-delivery.com/c.js"></script>', "DataDome"),
        (403, {}, '<div id="px-captcha"></div>', "HUMAN"),
        (429, {}, "Our systems have detected unusual traffic from your computer network", "Google"),
        (403, {}, "<html><TITLE>\n Access\n Denied </TITLE>", "Access Denied"),
    ],
)
def test_a_challenge_is_recognised_in_a_response(status: int, headers: dict[str, str], body: str, vendor: str) -> None:
    reason = challenge(status, headers, body)
    assert reason is not None
    assert reason.startswith("blocked: ")
    assert vendor in reason
    assert f"HTTP {status}" in reason


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (200, {}, '<title>Just prices</title><script src="https://www.google.com/recaptcha/api.js"></script>'),
        (200, {"cf-ray": "1", "server": "cloudflare"}, ""),
        (404, {}, "<title>Not found</title>"),
        (503, {}, "<title>Maintenance</title>"),
        (403, {}, "x" * 1_000_000 + "px-captcha"),
    ],
)
def test_another_response_is_no_challenge(status: int, headers: dict[str, str], body: str) -> None:
    assert challenge(status, headers, body) is None


@pytest.mark.parametrize(
    ("given", "wait_s"),
    [("120", 120), (" 5 ", 5), ("Wed, 21 Oct 2026 07:28", 0), ("-1", 0), ("²", 0), ("9" * 50, 0)],
)
def test_retry_after_is_read_in_seconds(given: str, wait_s: float) -> None:
    assert retry_after_s({"retry-after": given}) == wait_s


def test_a_blocked_page_is_retried_less_and_less_often_but_at_least_once_an_hour() -> None:
    fault = PageBlocked("blocked")
    assert [fault.wait_s(attempt) for attempt in (1, 2, 3, 4, 5, 10_000)] == [300, 600, 1200, 2400, 3600, 3600]
    assert PageBlocked("blocked", 7200).wait_s(1) == 7200
    assert PageBlocked("blocked", 1e12).wait_s(1) == 86_400


def markers(page: str = "") -> tuple[Marker, ...]:
    return page_markers(FeedFile.parse(f'[page]\nurl = "http://localhost/"\n{page}\n{LAST}').page)


def access_of(
    page: str,
    kinds: Iterable[MarkerKind],
    *,
    is_blank: bool = False,
    title: str = "",
    is_settling: bool = False,
    challenge: str | None = None,
) -> PageAccess | None:
    known = markers(page)
    seen = frozenset(next(index for index, marker in enumerate(known) if marker.kind is kind) for kind in kinds)
    heartbeat = Heartbeat(
        generation=1, seq=1, us=0, top=True, href="http://localhost/", title=title, visible=True, timer_hz=None,
        behind=False, conflated=0, merged=0, missed=0, faults=0, fault=None, invalid=(), groups={}, places={},
        markers=seen,
    )  # fmt: skip
    return judge_access(known, {1: heartbeat}, is_blank=is_blank, is_settling=is_settling, challenge=challenge)


@pytest.mark.parametrize(
    ("page", "kinds", "is_blank", "title", "problem"),
    [
        ("", [], False, "", None),
        ("", [], True, "", None),
        (LOGIN, [MarkerKind.LOGGED_IN], False, "", None),
        (LOGIN, [], False, "", AccessProblem.LOGGED_OUT),
        (LOGIN, [MarkerKind.LOGGED_IN, MarkerKind.LOGGED_OUT], False, "", AccessProblem.LOGGED_OUT),
        ("", [MarkerKind.LOGIN_FORM], True, "", AccessProblem.LOGGED_OUT),
        ("", [MarkerKind.LOGIN_FORM], False, "", None),
        (LOGIN, [MarkerKind.LOGIN_FORM, MarkerKind.CHALLENGE], True, "", AccessProblem.LOGGED_OUT),
        (LOGIN, [MarkerKind.CHALLENGE], True, "", AccessProblem.BLOCKED),
        ("", [MarkerKind.CHALLENGE], False, "", None),
        (LOGIN, [], True, "Just a moment...", AccessProblem.BLOCKED),
        (LOGIN, [MarkerKind.LOGGED_IN], False, "Just a moment...", None),
        ('stale = "#old"', [MarkerKind.STALE], False, "", AccessProblem.NOT_LIVE),
        (f'stale = "#old"\n{LOGIN}', [MarkerKind.STALE], False, "", AccessProblem.LOGGED_OUT),
        ('dismiss = "#ok"', [MarkerKind.DIALOG], False, "", None),
    ],
)
def test_what_a_page_shows_decides_whether_it_gives_access(
    page: str, kinds: list[MarkerKind], is_blank: bool, title: str, problem: AccessProblem | None
) -> None:
    access = access_of(page, kinds, is_blank=is_blank, title=title)
    assert (access and access.kind) == problem


def test_a_page_that_was_just_opened_is_logged_out_only_if_it_shows_a_login_form() -> None:
    assert access_of(LOGIN, [], is_settling=True) == PageAccess(AccessProblem.UNSURE, "the page is loading")
    assert access_of("", [MarkerKind.LOGIN_FORM], is_blank=True, is_settling=True) == PageAccess(
        AccessProblem.UNSURE, "the page is loading"
    )
    form = access_of(LOGIN, [MarkerKind.LOGIN_FORM], is_blank=True, is_settling=True)
    assert form == PageAccess(AccessProblem.LOGGED_OUT, 'logged out: "#me" or "#you" is not on the page')


def test_a_page_with_prices_on_it_is_not_blocked() -> None:
    assert access_of("", [], challenge="blocked", is_blank=True) == PageAccess(AccessProblem.BLOCKED, "blocked")
    assert access_of("", [], challenge="blocked", is_blank=False) is None


@pytest.mark.parametrize(
    ("kind", "has_window", "can_login", "limit_s", "fault"),
    [
        (AccessProblem.LOGGED_OUT, False, True, 1, LoggedOut),
        (AccessProblem.LOGGED_OUT, False, False, 300, LoggedOut),
        (AccessProblem.LOGGED_OUT, True, False, 3600, LoggedOut),
        (AccessProblem.BLOCKED, False, True, 60, PageBlocked),
        (AccessProblem.BLOCKED, True, True, 3600, PageBlocked),
        (AccessProblem.NOT_LIVE, False, True, 600, PageStale),
    ],
)
def test_a_page_without_access_is_closed_after_a_timeout(
    kind: AccessProblem, has_window: bool, can_login: bool, limit_s: float, fault: type[Exception]
) -> None:
    timeouts = AccessTimeouts(has_window=has_window)
    access = PageAccess(kind, "why")
    assert timeouts.fault(access, 1000.0, can_login=can_login) is None
    assert timeouts.fault(access, 1000.0 + limit_s - 0.1, can_login=can_login) is None
    assert timeouts.fault(None, 1000.0 + limit_s - 0.1, can_login=can_login) is None
    assert timeouts.fault(access, 2000.0, can_login=can_login) is None
    left = timeouts.fault(access, 2000.0 + limit_s, can_login=can_login)
    assert type(left) is fault
    assert str(left) == "why"
