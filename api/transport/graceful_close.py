"""How streams end when the server stops: one after the other, so that their clients do not come back all at once."""

import random

_CLOSES_PER_S = 500
"""As many clients as another server accepts and resumes in a second without a delay for those that it has."""
_MAX_SHARE = 0.75
"""The part of the time to stop in which streams are closed. The rest is for the answers to the close frames."""


def pause_s(connections: int, stop_timeout_s: float) -> float:
    """Return how long one of many connections stays open when the server stops: a random time."""
    return random.uniform(0, min(connections / _CLOSES_PER_S, _MAX_SHARE * stop_timeout_s))
