"""Which feed file owns a symbol, where one producer works with several: a symbol is taken from one of them only."""

from collections.abc import Sequence

from tickql.producer.errors import FeedFileError
from tickql.producer.feedfile.feed_file import FeedFile


class SymbolOwners:
    """The owner of each symbol: the feed file that named it first, in its text or on its page.

    An owner keeps its symbols as long as the producer runs, so that a symbol never changes between two pages.
    """

    def __init__(self, feeds: Sequence[FeedFile]) -> None:
        """Claim the symbols that the files themselves name.

        Raises:
            FeedFileError: two files have the same name, or name the same symbol.
        """
        self._owners: dict[str, FeedFile] = {}
        named: dict[str, FeedFile] = {}
        for feed in feeds:
            other = named.setdefault(feed.name, feed)
            if other is not feed:
                raise FeedFileError(f"{feed.path}: same name as {other.path}, and the file's name is the page's name")
            for symbol in feed.named_symbols:
                owner = self.claim(symbol, feed)
                if owner is not feed:
                    raise FeedFileError(f'{feed.path}: symbol "{symbol}" is in {owner.path} too: keep one of them')

    def claim(self, symbol: str, feed: FeedFile) -> FeedFile:
        """Return the owner of a symbol; a symbol without an owner becomes `feed`'s."""
        return self._owners.setdefault(symbol, feed)
