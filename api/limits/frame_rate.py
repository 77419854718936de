"""The rate of frames that one connection may send."""

from tickql.api.limits.values import Limits


class FrameRate:
    """A token bucket: `frames_burst` frames at once, then `frames_per_s`. Takes three numbers per connection."""

    __slots__ = ("_at_s", "_left", "_limits")

    def __init__(self, limits: Limits, now_s: float) -> None:
        self._limits = limits
        self._left = float(limits.frames_burst)
        self._at_s = now_s

    def take(self, frames: int, now_s: float) -> bool:
        """Count frames. Returns whether they are allowed. `now_s`: a monotonic time in seconds."""
        gained = (now_s - self._at_s) * self._limits.frames_per_s
        self._left = min(self._limits.frames_burst, self._left + gained) - frames
        self._at_s = now_s
        return self._left >= 0
