"""The feed files of a producer, checked as far as that goes without a browser: what is wrong is said at once."""

from collections.abc import Sequence
from pathlib import Path

from tickql.producer.capture.observer_config import observer_config
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.symbol_owners import SymbolOwners
from tickql.producer.login.page_login import PageLogin


def load_feeds(paths: Sequence[Path]) -> list[FeedFile]:
    """Read feed files that are to be used together. A standby, too, has to know now that it could not take over.

    Raises:
        FeedFileError: one of them cannot be used, or two of them not together.
        SecretMissing: an environment variable that a login recipe needs is not set.
    """
    feeds = [FeedFile.load(path) for path in paths]
    SymbolOwners(feeds)
    for feed in feeds:
        observer_config(feed)
        PageLogin.of(feed.page)
    return feeds
