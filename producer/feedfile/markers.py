"""Markers: elements that the observer looks for besides prices, such as a login form, a captcha or a cookie dialog."""

from enum import StrEnum
from typing import Any, NamedTuple

from tickql.producer.feedfile.page_settings import PageSettings
from tickql.producer.feedfile.selectors import compile_selector


class MarkerKind(StrEnum):
    """What it means that a marker is on the page."""

    LOGGED_IN = "logged in"
    LOGGED_OUT = "logged out"
    STALE = "stale"
    DIALOG = "dialog"
    LOGIN_FORM = "login form"
    CHALLENGE = "challenge"


# These two kinds need no setting: the observer looks for them on any page that shows nothing of the feed file.
_LOGIN_FORM = "input[type=password]"
_CHALLENGES = (
    "iframe[src*='challenges.cloudflare.com']",
    "iframe[src*='captcha-delivery.com']",
    "iframe[src*='_Incapsula_Resource']",
    "iframe[src*='hcaptcha.com']",
    "iframe[src*='/recaptcha/']",
    "iframe[src*='arkoselabs.com']",
    "#px-captcha, #challenge-form, #challenge-running, #captcha-form",
)


class Marker(NamedTuple):
    """An element that may be on the page, and what its presence means."""

    kind: MarkerKind
    selector: str

    def observed(self) -> dict[str, Any]:
        """Return what the observer needs: `{"selector": steps, "visible": bool, "blank": bool}`.

        `visible`: only a visible element counts. `blank`: the marker counts only while the page shows no price.
        """
        return {
            "selector": compile_selector(self.selector),
            "visible": self.kind is not MarkerKind.LOGGED_IN,
            "blank": self.kind in (MarkerKind.LOGIN_FORM, MarkerKind.CHALLENGE),
        }


def page_markers(settings: PageSettings) -> tuple[Marker, ...]:
    """Return all markers that the observer looks for on a page. Its messages name a marker by the index in here."""
    login = settings.login
    given: list[tuple[MarkerKind, tuple[str, ...]]] = [
        (MarkerKind.LOGGED_IN, login.marker if login else ()),
        (MarkerKind.LOGGED_OUT, login.logged_out if login else ()),
        (MarkerKind.STALE, settings.stale),
        (MarkerKind.DIALOG, settings.dismiss),
        (MarkerKind.LOGIN_FORM, (_LOGIN_FORM,)),
        (MarkerKind.CHALLENGE, _CHALLENGES),
    ]
    return tuple(Marker(kind, selector) for kind, selectors in given for selector in selectors)
