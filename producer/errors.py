"""The errors of the producer, as a tree.

ProducerError
├── FeedFileError        the feed file cannot be used; no browser was started
├── InvalidFormat        a text that is no price format; the feed file that contains it is refused
├── InvalidSelector      a text that is no selector; the feed file that contains it is refused
├── UnparsedPrice        a text on the page that is no price; it is counted and reported, never published
├── MalformedMessage     a message that the observer in the page does not send; it is counted and skipped
├── UnreadableMessage    a message that the page received is not as the feed file describes it; counted and skipped
├── BrowserNotFound      no browser program on this machine
├── SandboxRefused       the browser's sandbox cannot be used by this user
├── BrowserBroken        the browser fails to start several times in a row; the producer ends
├── RecordingError       a recording that cannot be read or written; the message names file and line
├── RobotsRefused        the site's robots.txt disallows the page, and the feed file obeys robots.txt
├── SecretMissing        an environment variable that the feed file names is not set; no browser was started
├── LoginFailed          a login by hand or by login steps failed; nothing was saved
└── PageFault            the page is no longer watched; the supervisor restarts it and retries
    ├── PageUnreachable  the page does not load, or the server answers with an error
    ├── PageBlank        the page loads, but nothing of the feed file is on it
    ├── PageHung         the page loads, but its observer sends no messages
    ├── StepFailed       a step of the feed file cannot be done on the page, or the page has lost what the steps did
    ├── PageCrashed      the page's renderer process has ended, or the page was closed
    ├── PageStale        the page has marked its prices as not live for a long time
    ├── PageLeft         the page went to another address by itself
    ├── PageBlocked      the site refuses access: a challenge, a captcha, "access denied"
    ├── LoggedOut        the page requires a login
    └── BrowserGone      the browser has ended, or the Playwright driver that controls it
"""

from collections.abc import Callable

_RAW_CHARACTERS = 40
"""Of a text from a page in an error message: more would fill the log, and a page may contain texts of any length."""


def excerpt(text: str, max_characters: int = _RAW_CHARACTERS) -> str:
    """The start of a text for an error message, with "…" in place of the rest. A text that fits is returned whole."""
    return text if len(text) <= max_characters else text[:max_characters] + "…"


class ProducerError(Exception):
    """Base of every error that `producer` raises on purpose."""


class FeedFileError(ProducerError, ValueError):
    """The feed file is missing, unreadable or wrong. The message is one line: file, place, fault, remedy."""


class InvalidFormat(ProducerError, ValueError):
    """A text that is neither an example of a number nor the name of a fraction (see `prices.price_format`)."""


class UnparsedPrice(ProducerError, ValueError):
    """A text that is no price in the format of its field. Nothing is guessed; other fields are not affected.

    `raw`: the text, at most 40 characters. `why`: what is wrong with it. `shown`: the text for people: in quotes, or in
    words where it has several pieces (see `prices.seen_text`). `kind`: why it is none, of few kinds: it is of another
    `format`, `ambiguous`, `too_long`, or `unreadable`.
    """

    def __init__(self, raw: str, why: str, shown: str = "", *, kind: str = "format") -> None:
        self.raw = excerpt(raw)
        self.why = why
        self.kind = kind
        self.shown = shown or repr(self.raw)
        super().__init__(f"{self.shown} is not a price: {why}")


class InvalidSelector(ProducerError, ValueError):
    """A text that names no elements (see `tickql.producer.feedfile.selectors`)."""


class MalformedMessage(ProducerError, ValueError):
    """A message that the observer in the page does not send."""


class UnreadableMessage(ProducerError, ValueError):
    """A message that the page received is not as its `[[stream]]` rule describes it. It is counted and skipped.

    `foreign`: it is of another kind than the rule's messages (a heartbeat in plain text, bytes of another format).
    `advice`: what is added to the message for people. It is called when the message is asked for: few ever are.
    """

    def __init__(self, raw: str, why: str, *, foreign: bool = False, advice: Callable[[], str] = str) -> None:
        self.raw = excerpt(raw)
        self.why = why
        self.foreign = foreign
        self.advice = advice
        super().__init__(self.raw, why)

    def __str__(self) -> str:
        return f"{self.raw!r} {self.why}{self.advice()}"

    def without_traceback(self) -> "UnreadableMessage":
        """Return the same error, to be kept: a traceback would keep the whole message with it."""
        return UnreadableMessage(self.raw, self.why, foreign=self.foreign, advice=self.advice)


class BrowserNotFound(ProducerError):
    """No browser at the place that a setting names, or none at all. The message says how to install one."""


class SandboxRefused(ProducerError):
    """The browser's sandbox cannot be used by this user. The message says how to allow it."""


class BrowserBroken(ProducerError):
    """The browser or its driver does not start any more. Captured prices are published, then the producer ends."""


class RecordingError(ProducerError, ValueError):
    """A recording cannot be read or written. The message is one line: file, line, fault."""


class RobotsRefused(ProducerError):
    """The site's robots.txt disallows the page, and the feed file has `robots = "obey"`. The page was not opened."""


class SecretMissing(ProducerError):
    """An environment variable that a feed file names is not set. Nothing was started."""


class LoginFailed(ProducerError):
    """A login failed. The message says at which step and why, in one line without secrets."""


class PageFault(ProducerError):
    """Base of the faults of a page. They end its watching, but not the producer, and are reported in the status."""

    def wait_s(self, attempt: int) -> float:
        """Shortest wait in seconds before the page is loaded, after the `attempt`-th failure (from 1) in a row."""
        return 0.0


class PageUnreachable(PageFault):
    """The page does not load: no connection, no answer in time, or an HTTP error."""


class PageBlank(PageFault):
    """The page sends heartbeats, but nothing of the feed file has been on it for a minute."""


class PageHung(PageFault):
    """The page sent no heartbeat in time."""


class StepFailed(PageFault):
    """A step cannot be done on the page, or has to be done again. The message names the step, and why."""


class PageCrashed(PageFault):
    """The page's renderer process has ended, or the page was closed."""


class PageStale(PageFault):
    """The page has marked its prices as not live for ten minutes. A reload may help."""


class PageLeft(PageFault):
    """The page went to another address by itself, and did not come back. Its prices there may be other ones."""


class PageBlocked(PageFault):
    """The site refuses access. The page is loaded again after a long wait, in the same way; no block is bypassed.

    `retry_after_s`: the wait that the site asks for, 0 if it asks for none.
    """

    # A visitor that returns at once may prolong a block. An hour is short enough to notice that a block has ended.
    _FIRST_WAIT_S = 300.0
    _MAX_WAIT_S = 3600.0
    # A wrong header must not end the feed for good.
    _MAX_RETRY_AFTER_S = 86_400.0

    def __init__(self, reason: str, retry_after_s: float = 0.0) -> None:
        super().__init__(reason)
        self._retry_after_s = min(retry_after_s, self._MAX_RETRY_AFTER_S)

    def wait_s(self, attempt: int) -> float:
        """Five minutes, doubled by each failure up to an hour; longer if the site asks for it, but at most a day."""
        return max(min(self._FIRST_WAIT_S * 2.0 ** min(attempt - 1, 10), self._MAX_WAIT_S), self._retry_after_s)


class LoggedOut(PageFault):
    """The page requires a login: by the login steps of the feed file, or by a person.

    `has_new_login`: a login has been saved since the page was opened. It is tried before the login steps.
    """

    def __init__(self, reason: str, *, has_new_login: bool = False) -> None:
        super().__init__(reason)
        self.has_new_login = has_new_login


class BrowserGone(PageFault):
    """The browser, or the Playwright driver that controls it, has ended or does not answer."""
