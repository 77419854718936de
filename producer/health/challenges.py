"""Recognition of pages that a site shows in place of its own: challenges, captchas, refusals. None is bypassed."""

import re
from collections.abc import Mapping

# Titles of whole pages, as the large vendors of such pages use them.
_TITLES = re.compile(
    r"just a moment|attention required|access (to this page has been )?denied|pardon our interruption"
    r"|checking your browser|ddos-guard|are you (a robot|human)|robot or human|verify(ing)? (that )?you are (a )?human"
    r"|human verification|security check(point)?\b|request unsuccessful|unusual traffic|\bcaptcha\b",
    re.IGNORECASE,
)
# Headers that name a challenge, documented by Cloudflare, AWS WAF and Vercel.
_HEADERS = {
    "cf-mitigated": ("Cloudflare", "challenge"),
    "x-amzn-waf-action": ("AWS WAF", "challenge captcha"),
    "x-vercel-mitigated": ("Vercel", "challenge deny"),
}
_BODIES = {
    "Cloudflare": ("challenges.cloudflare.com", "_cf_chl_opt", "cf-error-details"),
    "DataDome": ("captcha-delivery.com",),
    "HUMAN": ("px-captcha", "_pxAppId"),
    "Imperva": ("_Incapsula_Resource",),
    "Akamai": ("errors.edgesuite.net",),
    "Google": ("unusual traffic from your",),
    "hCaptcha": ("hcaptcha.com/1/api.js",),
    "reCAPTCHA": ("/recaptcha/api.js", "/recaptcha/enterprise.js"),
}
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_MAX_TITLE_CHARACTERS = 60
_SEARCHED_CHARACTERS = 200_000
"""Of a body: challenges are small, and an error page of another kind may be large."""
REFUSING = frozenset({403, 429})
"""HTTP statuses that are a refusal, whatever the body contains."""


def challenging_title(title: str) -> bool:
    """Whether a title is that of a challenge or a refusal."""
    return bool(_TITLES.search(title))


def shown_title(title: str) -> str:
    """The first 60 characters of a title, for a status reason."""
    return title[:_MAX_TITLE_CHARACTERS]


def challenge(status: int, headers: Mapping[str, str], body: str) -> str | None:
    """The challenge or block in an HTTP response, as a sentence; `None`: there is none.

    `headers` have names in lower case. The body is searched only if the status is an error: pages that work load
    scripts of the same vendors.
    """
    # Before the status: AWS WAF sends a challenge with status 202, for example.
    for name, (vendor, actions) in _HEADERS.items():
        if headers.get(name, "").lower() in actions.split():
            return f"blocked: {vendor} asks whether the visitor is human (HTTP {status})"
    if status < 400:
        return None
    start = body[:_SEARCHED_CHARACTERS]
    for vendor, signs in _BODIES.items():
        if any(sign in start for sign in signs):
            return f"blocked: {vendor} refuses the visitor, or asks whether the visitor is human (HTTP {status})"
    found = _TITLE.search(start)
    title = " ".join(found[1].split()) if found is not None else ""
    return f"blocked: the page is {shown_title(title)!r} (HTTP {status})" if challenging_title(title) else None


def retry_after_s(headers: Mapping[str, str]) -> float:
    """The `Retry-After` header in seconds; 0 if it is missing or names a date (RFC 9110, 10.2.3)."""
    given = headers.get("retry-after", "").strip()
    return float(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0.0
