"""Which feed file a symbol is taken from, where a producer works by several: a symbol has one price, so one owner."""

from collections.abc import Sequence

from tickql.producer.errors import FeedFileError
from tickql.producer.feedfile.feed_file import FeedFile


class SymbolOwners:
    """Who was first to name a symbol, in the file or on the page, keeps it for as long as the producer runs."""

    def __init__(self, feeds: Sequence[FeedFile]) -> None:
        """Take in what the files themselves name.

        Raises:
            FeedFileError: two files have one name, or name one symbol.
        """
        self._owners: dict[str, FeedFile] = {}
        named: dict[str, FeedFile] = {}
        for feed in feeds:
            other = named.setdefault(feed.name, feed)
            if other is not feed:
                raise FeedFileError(f"{feed.path}: named as {other.path}, and a page is known by the name of its file")
            for symbol in feed.symbols:
                owner = self.owner(symbol, feed)
                if owner is not feed:
                    raise FeedFileError(f'{feed.path}: symbol "{symbol}" is in {owner.path} too: keep one of them')

    def owner(self, symbol: str, feed: FeedFile) -> FeedFile:
        """Whose symbol it is: `feed`, if it is nobody's yet."""
        return self._owners.setdefault(symbol, feed)
