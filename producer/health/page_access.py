"""How we stand with a page: whether it lets us in and shows live prices. Pure judgement on what its frames say."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from tickql.producer.capture.messages import Heartbeat
from tickql.producer.errors import LoggedOut, PageBlocked, PageFault, PageStale
from tickql.producer.feedfile.markers import Marker, MarkerKind
from tickql.producer.health.challenges import challenging_title


class AccessProblem(StrEnum):
    """What is wrong."""

    UNSURE = "unsure"
    """It was opened a moment ago, and may still show that we are logged in."""
    LOGGED_OUT = "logged out"
    BLOCKED = "blocked"
    NOT_LIVE = "not live"


class PageAccess(NamedTuple):
    """Why no price of a page is to be taken for a live one, in a sentence for people."""

    kind: AccessProblem
    reason: str


UNSURE = PageAccess(AccessProblem.UNSURE, "the page is loading")


def judge_access(
    marks: Sequence[Marker], heartbeats: Mapping[int, Heartbeat], *, blank: bool, settling: bool, refusal: str | None
) -> PageAccess | None:
    """`None`: all is well. `refusal` is what the server's answer says of a challenge, `None` if nothing.

    `blank`: nothing of the feed file is on the page. A page with prices on it is not blocked, whatever else it shows.
    """
    seen = [
        marks[index]
        for index in sorted(frozenset[int]().union(*(heartbeat.marks for heartbeat in heartbeats.values())))
    ]
    signs = {mark.kind for mark in seen}
    title = next(
        (heartbeat.title for heartbeat in heartbeats.values() if heartbeat.top and challenging_title(heartbeat.title)),
        None,
    )
    if blank and refusal is not None:
        return PageAccess(AccessProblem.BLOCKED, refusal)
    if blank and title is not None:
        return PageAccess(
            AccessProblem.BLOCKED, f"blocked: the page is {title[:60]!r}, which asks whether we are human"
        )
    # Many a login form has a captcha in it: that is for whoever logs in.
    if blank and MarkerKind.CHALLENGE in signs and MarkerKind.LOGIN_FORM not in signs:
        return UNSURE if settling else PageAccess(AccessProblem.BLOCKED, "blocked: the page shows a captcha")
    login = _logged_out(marks, seen, blank=blank)
    if login is not None:
        # Of a page that needs no login a form is no news before its prices have had time to come.
        certain = blank and MarkerKind.LOGIN_FORM in signs and any(mark.kind in _OF_LOGIN for mark in marks)
        return UNSURE if settling and not certain else PageAccess(AccessProblem.LOGGED_OUT, login)
    stale = next((mark for mark in seen if mark.kind is MarkerKind.STALE), None)
    if stale is not None:
        return PageAccess(
            AccessProblem.NOT_LIVE, f'the page says that its prices are not live: "{stale.selector}" is shown'
        )
    return None


_OF_LOGIN = (MarkerKind.LOGGED_IN, MarkerKind.LOGGED_OUT)


def _logged_out(marks: Sequence[Marker], seen: Sequence[Marker], *, blank: bool) -> str | None:
    for mark in seen:
        if mark.kind is MarkerKind.LOGGED_OUT:
            return f'logged out: "{mark.selector}" is shown'
    markers = [mark for mark in marks if mark.kind is MarkerKind.LOGGED_IN]
    if markers and not any(mark in seen for mark in markers):
        listed = '" or "'.join(mark.selector for mark in markers)
        return f'logged out: "{listed}" is not on the page'
    asked = blank and any(mark.kind is MarkerKind.LOGIN_FORM for mark in seen)
    return "logged out: the page asks for a password" if asked else None


_FAULTS: dict[AccessProblem, type[PageFault]] = {
    AccessProblem.LOGGED_OUT: LoggedOut,
    AccessProblem.BLOCKED: PageBlocked,
    AccessProblem.NOT_LIVE: PageStale,
}
_LOGIN_S = 1.0
_NOT_LIVE_S = 600.0
_SITE_S = 60.0
_PERSON_S = 3600.0
_UNATTENDED_S = 300.0


class AccessTimeouts:
    """How long a page may stand badly before something is done about it. `has_window`: a person may help it."""

    def __init__(self, *, has_window: bool) -> None:
        self._has_window = has_window
        self._kind: AccessProblem | None = None
        self._since = 0.0

    def fault(self, access: PageAccess | None, now: float, *, can_login: bool) -> PageFault | None:
        """What the page is to be left for, `None`: nothing yet. `now` is monotonic seconds."""
        kind = None if access is None else access.kind
        if kind is not self._kind:
            self._kind, self._since = kind, now
        if (
            access is None
            or access.kind is AccessProblem.UNSURE
            or now - self._since < self._limit_s(access, can_login)
        ):
            return None
        return _FAULTS[access.kind](access.reason)

    def _limit_s(self, access: PageAccess, can_login: bool) -> float:
        if access.kind is AccessProblem.NOT_LIVE:
            return _NOT_LIVE_S
        if access.kind is AccessProblem.BLOCKED:
            return _PERSON_S if self._has_window else _SITE_S
        if can_login:
            return _LOGIN_S
        return _PERSON_S if self._has_window else _UNATTENDED_S
