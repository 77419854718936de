"""The list of faults in Redis that a publisher continues: of its source, whichever producer wrote it."""

import logging

from tickql.feed.announcer import Announcer
from tickql.feed.errors import FeedRefused, InvalidMessage
from tickql.feed.publish_session import PublishSession

logger = logging.getLogger("tickql.feed")


class FaultStore:
    """Loads what Redis has into the announcer of a publisher, before the publisher writes its own list in its place."""

    def __init__(self, announcer: Announcer, source: str) -> None:
        self._announcer = announcer
        self._source = source
        self._logged = ""

    async def load(self, session: PublishSession) -> None:
        """Load the list on a new connection. A user without the right is logged once: its ticks flow all the same.

        Raises:
            FeedUnavailable: the connection broke.
        """
        try:
            events = await session.read_faults(self._source)
        except FeedRefused as error:
            self._announcer.may_keep_faults = False
            if str(error) != self._logged:
                self._logged = str(error)
                logger.warning("the faults of %s are not kept for operators (%s)", self._source, error)
            return
        except InvalidMessage as error:
            logger.warning("the faults of %s begin anew: %s", self._source, error)
            events = []
        self._announcer.may_keep_faults = True
        self._announcer.load_faults(self._source, events)
