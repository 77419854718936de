"""What a node of a cluster answers that does not serve a slot, or not at this moment."""

from redis.exceptions import AskError, ClusterDownError, MovedError, TryAgainError

from tickql.feed.errors import FeedUnavailable

REDIRECTS = (MovedError, AskError, TryAgainError, ClusterDownError)


def is_redirect(error: FeedUnavailable) -> bool:
    """Return whether Redis has only answered that another node is to be asked, or the same one a little later."""
    return isinstance(error.__cause__, REDIRECTS)
