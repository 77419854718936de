"""Durations, and one size, that a test reduces, in one value.

The service hands the value down through constructors. What no test changes is a constant of its module.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timings:
    """Timeouts and periods of a producer, in seconds, and a size. The defaults are for production."""

    settle_s: float = 3.0
    """Grace period after a page was opened, before missing fields are reported: a page builds itself step by step."""
    healthy_s: float = 30.0
    """A page that showed prices for this long was healthy: its next fault counts as the first one in a row."""
    handover_s: float = 60.0
    """Deadline for a new page to show what the old page shows: loading, and one price of each symbol."""
    handover_retry_s: float = 60.0
    """Pause after a new page failed to take over, before the next attempt: each attempt costs the site one load."""
    browser_min_age_s: float = 60.0
    """Age before which a browser is not replaced for its memory: a browser may be too large from its start."""
    memory_check_s: float = 10.0
    """Period of the memory measurements of a browser."""
    robots_s: float = 8.0
    """Deadline for robots.txt: the request and its redirects."""
    frame_join_s: float = 10.0
    """Deadline for setting the observer up in a frame of another site. A frame that hangs is tried again later."""
    step_s: float = 15.0
    """Deadline for one step on a page, and for the page to show that a login succeeded. Scrolling gets twice that."""
    screenshot_s: float = 15.0
    """Deadline for a screenshot of the whole page with its boxes."""
    view_s: float = 8.0
    """Deadline for a picture of the page that is being watched. Readers give up after `tickql.feed.timings.view_s`."""

    waiting_bytes: int = 8_388_608
    """Bytes of messages that may wait between a frame and this process. Then the frame merges changes.

    20 symbols at 100 Hz post 0.2 MB/s: a producer that stands still for half a minute loses nothing.
    """


DEFAULT_TIMINGS = Timings()
