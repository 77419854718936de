"""What is looked for on a page besides prices: signs that one is logged in, that it is blocked, that it is not live."""

from enum import StrEnum
from typing import Any, NamedTuple

from tickql.producer.feedfile.page_settings import PageSettings
from tickql.producer.feedfile.selectors import compile_selector


class MarkerKind(StrEnum):
    """What a mark on the page says."""

    LOGGED_IN = "logged in"
    LOGGED_OUT = "logged out"
    STALE = "stale"
    DIALOG = "dialog"
    LOGIN_FORM = "login form"
    CHALLENGE = "challenge"


# Of the first two kinds the feed file tells; these are looked for on any page, while it shows nothing of the feed file.
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
    """Something that may be on the page, and what it says if it is."""

    sign: MarkerKind
    selector: str

    def source(self) -> dict[str, Any]:
        """For the page: `{"selector": steps, "visible": must it be, "blank": only while nothing else is found}`."""
        return {
            "selector": compile_selector(self.selector),
            "visible": self.sign is not MarkerKind.LOGGED_IN,
            "blank": self.sign in (MarkerKind.LOGIN_FORM, MarkerKind.CHALLENGE),
        }


def markers_of(settings: PageSettings) -> tuple[Marker, ...]:
    """Everything that is looked for on a page; the page's observer names a mark by its index."""
    login = settings.login
    given: list[tuple[MarkerKind, tuple[str, ...]]] = [
        (MarkerKind.LOGGED_IN, login.marker if login else ()),
        (MarkerKind.LOGGED_OUT, login.logged_out if login else ()),
        (MarkerKind.STALE, settings.stale),
        (MarkerKind.DIALOG, settings.dismiss),
        (MarkerKind.LOGIN_FORM, (_LOGIN_FORM,)),
        (MarkerKind.CHALLENGE, _CHALLENGES),
    ]
    return tuple(Marker(sign, selector) for sign, selectors in given for selector in selectors)
