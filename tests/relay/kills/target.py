"""What the kills need of a broker: a server that can fail, and a consumer that reads all that arrives."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Protocol


class Delivered(NamedTuple):
    """One message as a consumer got it. `id`: the name that tells repeats apart: the cursor, of a tick."""

    is_tick: bool
    id: str
    symbol: str
    body: bytes


class BrokerServer(Protocol):
    """A real server of the broker, on loopback."""

    async def restart(self) -> None:
        """Start it, also after `kill`, with its data. Waits until it answers."""
        ...

    def kill(self) -> None:
        """End it with SIGKILL."""
        ...

    def freeze(self) -> None: ...

    def thaw(self) -> None: ...

    def stop(self) -> None:
        """End it, in any state."""
        ...


class Target(ABC):
    """A broker of its own for a campaign.

    A module of this folder named `<sink>_target` has a function `create(folder: Path) -> Target`, and `--sink <sink>`
    runs it. `url`: the address that the relay gets.
    """

    repeats = False
    """Whether a tick may come more than once, each time with the same id."""

    def __init__(self, server: BrokerServer, url: str) -> None:
        self.server = server
        self.url = url

    async def start(self) -> None:
        """Start the server, and wait until it answers."""
        await self.server.restart()

    @abstractmethod
    async def consume(self, take: Callable[[Delivered], None]) -> None:
        """Read ticks and gaps from the first one on, each symbol's in order, until cancelled.

        Goes on by itself when the server was killed or frozen, without losing or repeating anything. May begin before
        the relay has created what it reads.
        """


CreateTarget = Callable[[Path], Target]
