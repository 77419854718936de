"""What can go wrong on the way from a page to ticks.

ProducerError
├── FeedFileError        the feed file cannot be used; no browser was started
├── InvalidFormat        a text that is no price format; the feed file that holds it is refused
├── InvalidSelector      a text that is no selector; the feed file that holds it is refused
├── UnparsedPrice        a text on the page that is no price; it is counted and reported, never published
├── MalformedMessage     not a message of our observer in the page; it is counted and skipped
├── UnreadableMessage    a message that the page received is not what the feed file says; counted and skipped
├── BrowserNotFound      no browser program on this machine
├── SandboxRefused       the browser's sandbox cannot be used by this user
├── BrowserBroken        the browser does not start, again and again; the producer gives up
├── RecordingError       a recording that cannot be read or written; the message names file and line
├── RobotsRefused        the site's robots.txt disallows the page, and the feed file says to obey it
├── SecretMissing        an environment variable that a login recipe needs is not set; no browser was started
├── LoginFailed          a login by hand or by recipe came to nothing; nothing was saved
└── PageFault            the page is no longer watched; the supervisor answers and goes on
    ├── PageUnreachable  it does not load, or the server answers with an error
    ├── PageBlank        it loads, but nothing of the feed file is on it
    ├── PageHung         it loads, but no word comes from its observer
    ├── PageCrashed      its renderer process has ended, or the page was closed
    ├── PageStale        it says itself that its prices are not live, and has for long
    ├── PageBlocked      the site refuses us: a challenge, a captcha, "access denied"
    ├── LoggedOut        it wants a login
    └── BrowserGone      the browser, or the driver between us and it, has ended
"""

_SHOWN_CHARACTERS = 40


class ProducerError(Exception):
    """Base of every error that `producer` raises on purpose."""


class FeedFileError(ProducerError, ValueError):
    """The feed file is missing, unreadable or wrong. The message is one line: file, place, fault, remedy."""


class InvalidFormat(ProducerError, ValueError):
    """A text that is neither an example of a number nor the name of a fraction (see `prices.price_format`)."""


class UnparsedPrice(ProducerError, ValueError):
    """A text that its field's format does not read as a price. Nothing is guessed; the other fields go on.

    `raw` is the text as the page shows it, cut to 40 characters; `why` says what is wrong with it.
    """

    def __init__(self, raw: str, why: str) -> None:
        self.raw = raw if len(raw) <= _SHOWN_CHARACTERS else raw[:_SHOWN_CHARACTERS] + "…"
        self.why = why
        super().__init__(f"{self.raw!r} is not a price: {why}")


class InvalidSelector(ProducerError, ValueError):
    """A text that names no elements (see `tickql.producer.feedfile.selectors`)."""


class MalformedMessage(ProducerError, ValueError):
    """A message that our observer in the page does not send."""


class UnreadableMessage(ProducerError, ValueError):
    """A message that the page received cannot be read as a `[[stream]]` says. It is counted, and the next one is read.

    `foreign`: it does not look as if it was meant to be (a heartbeat in plain text, bytes of another format).
    """

    def __init__(self, raw: str, why: str, *, foreign: bool = False) -> None:
        self.raw = raw if len(raw) <= _SHOWN_CHARACTERS else raw[:_SHOWN_CHARACTERS] + "…"
        self.why = why
        self.foreign = foreign
        super().__init__(f"{self.raw!r} {why}")


class BrowserNotFound(ProducerError):
    """No browser where the setting says, or none anywhere. The message says how to get one."""


class SandboxRefused(ProducerError):
    """The browser's sandbox cannot be used by this user. The message says how to allow it."""


class BrowserBroken(ProducerError):
    """Neither browser nor driver starts any more. What was captured is published; nothing more will be."""


class RecordingError(ProducerError, ValueError):
    """A recording cannot be read or written. The message is one line: file, line, fault."""


class RobotsRefused(ProducerError):
    """The site's robots.txt disallows the page, and the feed file says to obey it. The page was not opened."""


class SecretMissing(ProducerError):
    """An environment variable that the feed file's login recipe needs is not set. Nothing was started."""


class LoginFailed(ProducerError):
    """A login came to nothing. The message says at which step and why, in one line without secrets."""


class PageFault(ProducerError):
    """Base of what ends the watching of a page, but not the producer. Status says so until prices come again."""

    def wait_s(self, attempt: int) -> float:
        """Shortest time until the page may be asked for again, after the `attempt`-th failure (from 1) in a row."""
        return 0.0


class PageUnreachable(PageFault):
    """The page does not load: no connection, no answer in time, or an HTTP error."""


class PageBlank(PageFault):
    """The page is alive, but nothing of the feed file has been on it for a while."""


class PageHung(PageFault):
    """No beat came from the page in time."""


class PageCrashed(PageFault):
    """The page's renderer process has ended, or the page was closed."""


class PageStale(PageFault):
    """The page has said for long that its prices are not live. Loading it anew may help."""


class PageBlocked(PageFault):
    """The site refuses us. It is left alone for a while, and asked again as anyone would; nothing is got around.

    `retry_after_s` is what the site itself asks for, 0 if nothing.
    """

    _FIRST_WAIT_S = 300.0
    _MAX_WAIT_S = 3600.0
    _MAX_ASKED_S = 86_400.0

    def __init__(self, reason: str, retry_after_s: float = 0.0) -> None:
        super().__init__(reason)
        self._retry_after_s = min(retry_after_s, self._MAX_ASKED_S)

    def wait_s(self, attempt: int) -> float:
        """Five minutes, doubled up to an hour; longer if the site asks for it, a day at most."""
        return max(min(self._FIRST_WAIT_S * 2.0 ** min(attempt - 1, 10), self._MAX_WAIT_S), self._retry_after_s)


class LoggedOut(PageFault):
    """The page wants a login: by the recipe of the feed file, or by a person.

    `has_new_login`: a login has been saved since the page was opened, which is to be tried first.
    """

    def __init__(self, reason: str, *, has_new_login: bool = False) -> None:
        super().__init__(reason)
        self.has_new_login = has_new_login


class BrowserGone(PageFault):
    """The browser, or the driver between us and it, has ended or does not answer."""
