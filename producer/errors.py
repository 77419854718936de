"""What can go wrong on the way from a page to ticks.

ProducerError
├── FeedFileError        the feed file cannot be used; no browser was started
├── InvalidFormat        a text that is no price format; the feed file that holds it is refused
├── InvalidSelector      a text that is no selector; the feed file that holds it is refused
├── UnparsedPrice        a text on the page that is no price; it is counted and reported, never published
├── MalformedMessage     not a message of our observer in the page; it is counted and skipped
├── BrowserNotFound      no browser program on this machine
├── BrowserBroken        the browser does not start, again and again; the producer gives up
├── RobotsRefused        the site's robots.txt disallows the page, and the feed file says to obey it
└── PageFault            the page is no longer watched; the supervisor answers and goes on
    ├── PageUnreachable  it does not load, or the server answers with an error
    ├── PageBlank        it loads, but nothing of the feed file is on it
    ├── PageHung         it loads, but no word comes from its observer
    ├── PageCrashed      its renderer process has ended, or the page was closed
    ├── PageAged         it is as old as `recycle_after` allows
    └── BrowserGone      the browser, or the driver between us and it, has ended
"""

_SHOWN_CHARACTERS = 40


class ProducerError(Exception):
    """Base of every error that `producer` raises on purpose."""


class FeedFileError(ProducerError, ValueError):
    """The feed file is missing, unreadable or wrong. The message is one line: file, place, fault, remedy."""


class InvalidFormat(ProducerError, ValueError):
    """A text that is neither an example of a number nor the name of a fraction (see `producer.pricetext`)."""


class UnparsedPrice(ProducerError, ValueError):
    """A text that its field's format does not read as a price. Nothing is guessed; the other fields go on.

    `raw` is the text as the page shows it, cut to 40 characters; `why` says what is wrong with it.
    """

    def __init__(self, raw: str, why: str) -> None:
        self.raw = raw if len(raw) <= _SHOWN_CHARACTERS else raw[:_SHOWN_CHARACTERS] + "…"
        self.why = why
        super().__init__(f"{self.raw!r} is not a price: {why}")


class InvalidSelector(ProducerError, ValueError):
    """A text that names no elements (see `producer.selector`)."""


class MalformedMessage(ProducerError, ValueError):
    """A message that our observer in the page does not send."""


class BrowserNotFound(ProducerError):
    """No browser where the setting says, or none anywhere. The message says how to get one."""


class BrowserBroken(ProducerError):
    """Neither browser nor driver starts any more. What was captured is published; nothing more will be."""


class RobotsRefused(ProducerError):
    """The site's robots.txt disallows the page, and the feed file says to obey it. The page was not opened."""


class PageFault(ProducerError):
    """Base of what ends the watching of a page, but not the producer. Status says so until prices come again."""


class PageUnreachable(PageFault):
    """The page does not load: no connection, no answer in time, or an HTTP error."""


class PageBlank(PageFault):
    """The page is alive, but nothing of the feed file has been on it for a while."""


class PageHung(PageFault):
    """No beat came from the page in time."""


class PageCrashed(PageFault):
    """The page's renderer process has ended, or the page was closed."""


class PageAged(PageFault):
    """The page has reached the age at which the feed file wants a fresh one. Nothing is wrong."""


class BrowserGone(PageFault):
    """The browser, or the driver between us and it, has ended or does not answer."""
