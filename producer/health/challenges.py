"""Pages that stand in a site's place: challenges, captchas, refusals. They are recognised, never got around."""

import re
from collections.abc import Mapping

# Titles of whole pages, as sold by the large vendors of such pages.
_TITLES = re.compile(
    r"just a moment|attention required|access (to this page has been )?denied|pardon our interruption"
    r"|checking your browser|ddos-guard|are you (a robot|human)|robot or human|verify(ing)? (that )?you are (a )?human"
    r"|human verification|security check(point)?\b|request unsuccessful|unusual traffic|\bcaptcha\b",
    re.IGNORECASE,
)
# Headers that say it outright, documented by Cloudflare, AWS WAF and Vercel.
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
_LOOKED_AT_CHARACTERS = 200_000
REFUSING = frozenset({403, 429})
"""HTTP statuses that are a refusal, whatever stands in the body."""


def challenging_title(title: str) -> bool:
    """Whether a title is that of a page which asks whether one is human, or refuses one for not being so."""
    return bool(_TITLES.search(title))


def challenge(status: int, headers: Mapping[str, str], body: str) -> str | None:
    """What of an HTTP answer says that it is a challenge or a block, as a sentence; `None`: nothing does.

    `headers` have names in lower case. A body is looked at only where the status is an error: pages that work load
    scripts of the same vendors.
    """
    for name, (vendor, actions) in _HEADERS.items():
        if headers.get(name, "").lower() in actions.split():
            return f"blocked: {vendor} asks whether we are human (HTTP {status})"
    if status < 400:
        return None
    start = body[:_LOOKED_AT_CHARACTERS]
    for vendor, signs in _BODIES.items():
        if any(sign in start for sign in signs):
            return f"blocked: {vendor} refuses us or asks whether we are human (HTTP {status})"
    found = _TITLE.search(start)
    title = " ".join(found[1].split()) if found is not None else ""
    return f"blocked: the page is {title[:60]!r} (HTTP {status})" if challenging_title(title) else None


def retry_after_s(headers: Mapping[str, str]) -> float:
    """How long the site asks to be left alone, seconds; 0 if it does not say, or names a date."""
    given = headers.get("retry-after", "").strip()
    return float(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0.0
