"""What can go wrong on the way from a page to ticks.

ProducerError
├── FeedFileError    the feed file cannot be used; no browser was started
├── InvalidFormat    a text that is no price format; the feed file that holds it is refused
└── UnparsedPrice    a text on the page that is no price; it is counted and reported, never published
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
