"""The frames of a page: the newest heartbeat of each, and the frames that hang. No I/O."""

from collections.abc import Mapping

from tickql.producer.capture.messages import Heartbeat


class PageFrames:
    """Frames by their context numbers. The page itself is one of them, the one with `top`."""

    def __init__(self) -> None:
        self.hung: dict[int, Heartbeat] = {}
        """The last heartbeat of each frame that showed a symbol, still exists and does not answer."""
        self._heartbeats: dict[int, Heartbeat] = {}

    @property
    def heartbeats(self) -> Mapping[int, Heartbeat]:
        """The newest heartbeat of each frame that answers."""
        return self._heartbeats

    def add_heartbeat(self, context: int, heartbeat: Heartbeat) -> None:
        """Add a frame, or its newest heartbeat. The frame does not hang."""
        self._heartbeats[context] = heartbeat
        self.hung.pop(context, None)

    def remove(self, context: int | None, *, is_hung: bool = False) -> None:
        """Remove a frame; `None`: all frames. `is_hung`: the frame still exists, but does not answer."""
        if context is None:
            self._heartbeats.clear()
            self.hung.clear()
            return
        heartbeat = self._heartbeats.pop(context, None)
        self.hung.pop(context, None)
        # A hung frame without anything of the feed file, such as an advertisement, is no problem of the page.
        if is_hung and heartbeat is not None and heartbeat.places:
            self.hung[context] = heartbeat

    @property
    def top(self) -> Heartbeat | None:
        """The newest heartbeat of the page itself; `None`: it has sent none."""
        return next((heartbeat for heartbeat in self._heartbeats.values() if heartbeat.top), None)

    @property
    def is_blank(self) -> bool:
        """Whether no frame shows anything of the feed file."""
        return not any(heartbeat.places for heartbeat in self._heartbeats.values())

    @property
    def markers(self) -> frozenset[int]:
        """Indexes of the markers that any frame shows (see `tickql.producer.feedfile.markers`)."""
        return frozenset[int]().union(*(heartbeat.markers for heartbeat in self._heartbeats.values()))

    @property
    def symbols(self) -> set[str]:
        """What the frames show in the place of a symbol."""
        return {symbol for heartbeat in self._heartbeats.values() for _, symbol in heartbeat.places}

    @property
    def page_name(self) -> str:
        """The page as people know it: its title and address, without the query, which may hold a secret."""
        top = self.top
        if top is None:
            return "the page"
        return f"{top.title!r} at {address(top)}" if top.title else address(top)

    def hung_frame(self, symbol: str) -> Heartbeat | None:
        """The last heartbeat of a hung frame that showed a symbol; `None`: there is no such frame."""
        return next(
            (heartbeat for heartbeat in self.hung.values() if any(symbol == shown for _, shown in heartbeat.places)),
            None,
        )


def address(heartbeat: Heartbeat) -> str:
    """The address of a frame, without query and fragment, which may hold a secret."""
    return heartbeat.href.partition("?")[0].partition("#")[0]
