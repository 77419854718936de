"""The feed files of one producer, loaded and checked together, as far as that is possible without a browser."""

import os
from collections.abc import Sequence
from pathlib import Path

from tickql.producer.browser.page_steps import PageSteps
from tickql.producer.browser.secret_scope import SecretScope
from tickql.producer.browser.site_access import check_access
from tickql.producer.capture.observer_config import observer_config
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.symbol_owners import SymbolOwners
from tickql.producer.login.page_login import PageLogin


def load_feeds(paths: Sequence[Path]) -> list[FeedFile]:
    """Load feed files that one producer uses together.

    Everything is checked now: a standby must not find out when it takes over that it cannot.

    Raises:
        FeedFileError: one of them cannot be used, or two of them not together.
        SecretMissing: an environment variable that a feed file names is not set.
    """
    feeds = [FeedFile.load(path) for path in paths]
    SymbolOwners(feeds)
    for feed in feeds:
        observer_config(feed)
        PageLogin.of(feed.page)
        PageSteps(feed.page.steps, os.environ, SecretScope.of(feed.page))
        check_access(feed.page, os.environ)
    return feeds
