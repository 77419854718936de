"""The feed files of a producer, checked as far as that goes without a browser: what is wrong is said at once."""

from collections.abc import Sequence
from pathlib import Path

from producer.claims import Claims
from producer.feedfile import FeedFile
from producer.login import Login
from producer.plan import observer_plan


def load_feeds(paths: Sequence[Path]) -> list[FeedFile]:
    """Read feed files that are to be used together. A standby, too, has to know now that it could not take over.

    Raises:
        FeedFileError: one of them cannot be used, or two of them not together.
        SecretMissing: an environment variable that a login recipe needs is not set.
    """
    feeds = [FeedFile.load(path) for path in paths]
    Claims(feeds)
    for feed in feeds:
        observer_plan(feed)
        Login.of(feed.page)
    return feeds
