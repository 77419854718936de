"""What the running operations of one WebSocket connection use together."""

from collections.abc import Hashable

from tickql.api.errors import LimitExceeded
from tickql.api.limits.values import LIMITS, Limits


class ConnectionUsage:
    """Counts the symbols that the operations of a connection name, and their different selections."""

    __slots__ = ("_limits", "_operations")

    def __init__(self, limits: Limits = LIMITS) -> None:
        self._limits = limits
        self._operations: dict[object, tuple[int, Hashable]] = {}

    def claim(self, operation: object, symbols: int, selection: Hashable) -> None:
        """Count an operation until `release`.

        Raises:
            LimitExceeded: the connection would use too much with it; it is not counted.
        """
        running = self._operations.values()
        if symbols + sum(each for each, _ in running) > (most := self._limits.symbols_per_connection):
            raise LimitExceeded("symbols_per_connection", f"the operations of a connection may name {most} symbols")
        if len({selection, *(each for _, each in running)}) > (most := self._limits.selections_per_connection):
            raise LimitExceeded(
                "selections_per_connection", f"the operations of a connection may have {most} different selections"
            )
        self._operations[operation] = (symbols, selection)

    def release(self, operation: object) -> None:
        """Forget an operation. Does nothing for one that is not counted."""
        self._operations.pop(operation, None)
