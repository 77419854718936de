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
_SHOWN_TITLE_CHARACTERS = 60
_MAX_TITLE_CHARACTERS = 1000
"""Of a title: what is searched. The titles of challenges are short."""
_SEARCHED_CHARACTERS = 200_000
"""Of a body: challenges are small, and an error page of another kind may be large."""
_LOWER = str.maketrans("TILE", "tile")
"""The letters of `title`, in lower case."""
REFUSING = frozenset({403, 429})
"""HTTP statuses that are a refusal, whatever the body contains."""


def challenging_title(title: str) -> bool:
    """Whether a title is that of a challenge or a refusal."""
    return bool(_TITLES.search(title, 0, _MAX_TITLE_CHARACTERS))


def shown_title(title: str) -> str:
    """The first 60 characters of a title, for a status reason."""
    return title[:_SHOWN_TITLE_CHARACTERS]


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
    title = _title_in(start)
    return f"blocked: the page is {shown_title(title)!r} (HTTP {status})" if challenging_title(title) else None


def _title_in(html: str) -> str:
    """Return the title of a document; empty: it has none, or one that does not end."""
    # By `find`: a regular expression for both tags takes half a minute for a body of nothing but `<title>`.
    # Not `str.lower`: it changes the number of characters of some texts.
    lower = html.translate(_LOWER)
    opened = lower.find("<title")
    begin = lower.find(">", opened) + 1 if opened >= 0 else 0
    end = lower.find("</title>", begin, begin + _MAX_TITLE_CHARACTERS) if begin else -1
    return " ".join(html[begin:end].split()) if end >= 0 else ""


def retry_after_s(headers: Mapping[str, str]) -> float:
    """The `Retry-After` header in seconds; 0 if it is missing or names a date (RFC 9110, 10.2.3)."""
    given = headers.get("retry-after", "").strip()
    return float(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0.0
