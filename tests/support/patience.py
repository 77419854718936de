"""The deadline of waiting under its former name."""

from tests.support.waiting import DEADLINE_S as PATIENCE_S

__all__ = ["PATIENCE_S"]
