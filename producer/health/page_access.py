"""Access to a page: whether the site gives access, and shows live prices. Pure judgement on the heartbeats, no I/O."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from tickql.producer.capture.messages import Heartbeat
from tickql.producer.errors import LoggedOut, PageBlocked, PageFault, PageLeft, PageStale
from tickql.producer.feedfile.markers import Marker, MarkerKind
from tickql.producer.health.challenges import challenging_title, shown_title


class AccessProblem(StrEnum):
    """Why a page gives no live prices."""

    UNSURE = "unsure"
    """The page was opened a moment ago: it may still turn out that the user is logged in."""
    LOGGED_OUT = "logged out"
    BLOCKED = "blocked"
    NOT_LIVE = "not live"
    ELSEWHERE = "elsewhere"
    """The page went to another address by itself, where other prices may be in the same places."""


class PageAccess(NamedTuple):
    """Why no price of a page may be published, in a sentence for people."""

    kind: AccessProblem
    reason: str


UNSURE = PageAccess(AccessProblem.UNSURE, "the page is loading")


def judge_access(
    markers: Sequence[Marker],
    heartbeats: Mapping[int, Heartbeat],
    *,
    is_blank: bool,
    is_settling: bool,
    challenge: str | None,
) -> PageAccess | None:
    """Judge the access to a page; `None`: the page gives access.

    The first line that applies decides:

    | what the page shows                                             | problem                                 |
    | --------------------------------------------------------------- | --------------------------------------- |
    | blank, and the server's response was a challenge                | BLOCKED                                 |
    | blank, and the title is that of a challenge                     | BLOCKED                                 |
    | blank, with a captcha and without a login form                  | BLOCKED; UNSURE while settling          |
    | a `logged_out` marker, no `marker`, or blank with a login form  | LOGGED_OUT; UNSURE while settling       |
    | a `stale` marker                                                | NOT_LIVE                                |

    Args:
        markers: of the feed file; heartbeats name those that are shown by their index.
        heartbeats: the newest of each frame.
        is_blank: nothing of the feed file is on the page. A page with prices is not blocked, whatever else it shows.
        is_settling: the page was opened a moment ago.
        challenge: the challenge in the server's response, in a sentence; `None`: there is none.
    """
    indexes = frozenset[int]().union(*(heartbeat.markers for heartbeat in heartbeats.values()))
    shown = [markers[index] for index in sorted(indexes)]
    blocked = _blocked(shown, heartbeats, challenge, is_settling=is_settling) if is_blank else None
    if blocked is not None:
        return blocked
    logged_out = _logged_out(markers, shown, is_blank=is_blank)
    if logged_out is not None:
        # A page that needs no login may show a login form until its prices have been loaded.
        certain = is_blank and _shows_login_form(shown) and any(marker.kind in _LOGIN_KINDS for marker in markers)
        return UNSURE if is_settling and not certain else PageAccess(AccessProblem.LOGGED_OUT, logged_out)
    stale = next((marker for marker in shown if marker.kind is MarkerKind.STALE), None)
    if stale is not None:
        return PageAccess(AccessProblem.NOT_LIVE, f'the page marks its prices as not live: "{stale.selector}" is shown')
    return None


_LOGIN_KINDS = (MarkerKind.LOGGED_IN, MarkerKind.LOGGED_OUT)


def _blocked(
    shown: Sequence[Marker], heartbeats: Mapping[int, Heartbeat], challenge: str | None, *, is_settling: bool
) -> PageAccess | None:
    """Judge a blank page."""
    if challenge is not None:
        return PageAccess(AccessProblem.BLOCKED, challenge)
    tops = (heartbeat for heartbeat in heartbeats.values() if heartbeat.top)
    title = next((heartbeat.title for heartbeat in tops if challenging_title(heartbeat.title)), None)
    if title is not None:
        reason = f"blocked: the page is {shown_title(title)!r}, which asks whether the visitor is human"
        return PageAccess(AccessProblem.BLOCKED, reason)
    # Many login forms contain a captcha, to be solved by the person who logs in: such a page is logged out.
    has_captcha = any(marker.kind is MarkerKind.CHALLENGE for marker in shown)
    if has_captcha and not _shows_login_form(shown):
        return UNSURE if is_settling else PageAccess(AccessProblem.BLOCKED, "blocked: the page shows a captcha")
    return None


def _shows_login_form(shown: Sequence[Marker]) -> bool:
    return any(marker.kind is MarkerKind.LOGIN_FORM for marker in shown)


def _logged_out(markers: Sequence[Marker], shown: Sequence[Marker], *, is_blank: bool) -> str | None:
    """Why the page counts as logged out, in a sentence; `None`: it does not."""
    for marker in shown:
        if marker.kind is MarkerKind.LOGGED_OUT:
            return f'logged out: "{marker.selector}" is shown'
    expected = [marker for marker in markers if marker.kind is MarkerKind.LOGGED_IN]
    if expected and not any(marker in shown for marker in expected):
        listed = '" or "'.join(marker.selector for marker in expected)
        return f'logged out: "{listed}" is not on the page'
    return "logged out: the page asks for a password" if is_blank and _shows_login_form(shown) else None


_FAULTS: dict[AccessProblem, type[PageFault]] = {
    AccessProblem.LOGGED_OUT: LoggedOut,
    AccessProblem.BLOCKED: PageBlocked,
    AccessProblem.NOT_LIVE: PageStale,
    AccessProblem.ELSEWHERE: PageLeft,
}
_ELSEWHERE_S = 5.0
"""Before a page that went elsewhere is loaded again: some come back by themselves."""
_LOGIN_S = 1.0
"""Before the login steps are run: the page may be between two documents."""
_NOT_LIVE_S = 600.0
"""Before a page that marks its prices as not live is loaded again: most such notices go away by themselves."""
_CHALLENGE_S = 60.0
"""Before a blocked page is closed: some challenges pass by themselves in this time."""
_PERSON_S = 3600.0
"""For a person at the window, to log in or to solve a challenge."""
_UNATTENDED_S = 300.0
"""Before a logged-out page that nobody can log in to is loaded again."""


class AccessTimeouts:
    """How long each problem of access may last before the page is closed. `has_window`: a person may solve it."""

    def __init__(self, *, has_window: bool) -> None:
        self._has_window = has_window
        self._kind: AccessProblem | None = None
        self._since_s = 0.0

    def fault(self, access: PageAccess | None, now_s: float, *, can_login: bool) -> PageFault | None:
        """The fault to end the page with; `None`: no problem, or not long enough. `now_s`: monotonic seconds."""
        kind = None if access is None else access.kind
        if kind is not self._kind:
            self._kind, self._since_s = kind, now_s
        if access is None or access.kind is AccessProblem.UNSURE:
            return None
        if now_s - self._since_s < self._limit_s(access, can_login):
            return None
        return _FAULTS[access.kind](access.reason)

    def _limit_s(self, access: PageAccess, can_login: bool) -> float:
        if access.kind is AccessProblem.NOT_LIVE:
            return _NOT_LIVE_S
        if access.kind is AccessProblem.BLOCKED:
            return _PERSON_S if self._has_window else _CHALLENGE_S
        if access.kind is AccessProblem.ELSEWHERE:
            return _ELSEWHERE_S
        if can_login:
            return _LOGIN_S
        return _PERSON_S if self._has_window else _UNATTENDED_S
