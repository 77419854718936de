"""One connection to RabbitMQ over AMQP 0-9-1. It never reconnects: a lost connection is an error of its owner."""

import asyncio
import logging
from collections.abc import Awaitable
from contextlib import suppress
from typing import Any, TypeVar, cast

from aiormq.channel import Channel
from aiormq.connection import Connection
from aiormq.exceptions import (
    AMQPError,
    AuthenticationError,
    ChannelAccessRefused,
    ChannelClosed,
    ChannelNotFoundEntity,
    ChannelPreconditionFailed,
    InvalidFrameError,
    ProbableAuthenticationError,
)
from yarl import URL

from tickql.relay.errors import SinkRefused, SinkUnavailable
from tickql.relay.rabbitmq.broker_address import BrokerAddress
from tickql.relay.rabbitmq.exchange_confirms import Confirms, MessagesRefused
from tickql.relay.rabbitmq.exchange_transport import ExchangeTransport

logger = logging.getLogger("tickql.relay")
# Everything that it logs is an error that this module raises.
logging.getLogger("aiormq").setLevel(logging.CRITICAL + 1)

DEADLINE_S = 10.0
"""How long the broker may take for an answer, or for the confirms of a batch."""
_HEARTBEAT_S = 5
"""Between two heartbeats: after 18 s without one the connection is broken."""
_POLL_S = 1.0
_BLOCK_CHECK_S = 0.01
_CLOSE_S = 1.0

T = TypeVar("T")


class ExchangeConnection:
    """A connection with one channel in confirm mode. Its methods raise `SinkUnavailable` or `SinkRefused`.

    For one task at a time.
    """

    def __init__(self, address: BrokerAddress, host: str, port: int, name: str) -> None:
        self._address = address
        self._transport = ExchangeTransport()
        url = URL.build(
            scheme="amqp" if address.tls is None else "amqps", host=host, port=port, user=address.user,
            password=address.password, path=f"/{address.vhost}", query={"heartbeat": _HEARTBEAT_S, "name": name},
        )  # fmt: skip
        self._connection = Connection(url, context=address.tls, transport_factory=self._transport)
        self._channel: Channel | None = None
        self.confirms = Confirms()
        """Of the channel."""
        self._closing: asyncio.Future[Any] | None = None
        """Done when the channel has closed. Each one that `aiormq` gives stays in its memory, so there is one."""

    @property
    def channel(self) -> Channel:
        """The channel."""
        assert self._channel is not None, "the connection is not open"
        return self._channel

    async def open(self) -> None:
        """Connect, log in and open the channel."""
        address = self._address
        try:
            async with asyncio.timeout(DEADLINE_S):
                await self._connection.connect()
                await self._open_channel()
        except (AuthenticationError, ProbableAuthenticationError):
            raise self._refused(f"wrong user or password (user {address.user!r})") from None
        except InvalidFrameError as error:
            # All that is left of the broker's answer: to the request for the virtual host it closes the connection.
            if "OpenOk" not in _text(error):
                raise self._unavailable(f"no connection: {_text(error)}") from error
            vhost = f"no virtual host {address.vhost!r}, or user {address.user!r} may not use it"
            raise self._refused(vhost) from None
        except TimeoutError as error:
            raise self._unavailable(f"no answer within {DEADLINE_S:g} s") from error
        except (AMQPError, OSError, RuntimeError, StopAsyncIteration) as error:
            raise self._unavailable(
                f"no connection: {_text(error)}; does RabbitMQ run there (AMQP, port 5672)?"
            ) from error

    async def declare_exchange(self, name: str) -> None:
        """Create a durable topic exchange if it is missing."""
        try:
            await self._answer(self.channel.exchange_declare(name, exchange_type="topic", durable=True))
        except ChannelPreconditionFailed:
            raise self._refused(f"the exchange {name!r} exists, and is no durable topic exchange") from None
        except ChannelAccessRefused:
            # The channel is closed. This user may not create it: it may be there already.
            await self._answer(self._open_channel())
            try:
                await self._answer(self.channel.exchange_declare(name, passive=True))
            except (ChannelNotFoundEntity, ChannelAccessRefused):
                raise self._refused(f"there is no exchange {name!r}, and this user may not create it") from None

    async def until_confirmed(self, confirmed: "asyncio.Future[None]") -> None:
        """Wait for confirms. As long as the broker blocks publishers (a memory or disk alarm), this waits on."""
        closing = self._closing
        assert closing is not None, "the connection is not open"
        if not confirmed.done():
            await self._until_done(confirmed, closing)
        try:
            (confirmed if confirmed.done() else closing).result()
        except MessagesRefused as error:
            raise self._unavailable("a queue is full and refuses messages (its overflow is reject-publish)") from error
        except ChannelPreconditionFailed as error:
            raise self._refused(_text(error)) from error
        except ChannelAccessRefused as error:
            raise self._refused(f"this user may not publish: {_text(error)}") from error
        except (AMQPError, OSError, RuntimeError) as error:
            raise self._unavailable(f"the connection broke: {_text(error)}") from error
        if not confirmed.done():
            raise self._unavailable("the connection was closed")

    async def _until_done(self, *futures: "asyncio.Future[Any]") -> None:
        """Wait until one of these is done. The deadline does not count while the broker blocks publishers."""
        loop = asyncio.get_running_loop()
        deadline_s, was_blocked = loop.time() + DEADLINE_S, False
        while not (await asyncio.wait(futures, timeout=_POLL_S, return_when=asyncio.FIRST_COMPLETED))[0]:
            is_blocked = await self._is_blocked()
            if is_blocked != was_blocked:
                self._log_block(is_blocked)
            if is_blocked or was_blocked:
                deadline_s = loop.time() + DEADLINE_S
            if loop.time() > deadline_s:
                raise self._unavailable(f"no confirm within {DEADLINE_S:g} s")
            was_blocked = is_blocked
        if was_blocked:
            self._log_block(False)

    async def close(self) -> None:
        """Close the connection in any state, within two seconds."""
        with suppress(Exception):
            async with asyncio.timeout(_CLOSE_S):
                await self._connection.close()
        # At once: a broker that is frozen takes no more bytes.
        self._transport.abort()

    async def _open_channel(self) -> None:
        self._channel = cast("Channel", await self._connection.channel(publisher_confirms=True))
        self._closing = self._channel.closing
        self.confirms = self._transport.confirms_of(self._channel.number)

    async def _answer(self, request: Awaitable[T]) -> T:
        """Await a request with a deadline. Raises what the broker says of the channel."""
        try:
            async with asyncio.timeout(DEADLINE_S):
                return await request
        except ChannelClosed:
            raise
        except TimeoutError as error:
            raise self._unavailable(f"no answer within {DEADLINE_S:g} s") from error
        except (AMQPError, OSError, RuntimeError) as error:
            raise self._unavailable(f"the connection broke: {_text(error)}") from error

    async def _is_blocked(self) -> bool:
        try:
            async with asyncio.timeout(_BLOCK_CHECK_S):
                await self._connection.ready()
        except TimeoutError:
            return True
        return False

    def _log_block(self, is_blocked: bool) -> None:
        if is_blocked:
            logger.warning("%s: it takes no messages, as memory or disk space is short: waiting", self._address.text)
        else:
            logger.warning("%s: it takes messages again", self._address.text)

    def _unavailable(self, reason: str) -> SinkUnavailable:
        return SinkUnavailable(f"{self._address.text}: {reason}")

    def _refused(self, reason: str) -> SinkRefused:
        return SinkRefused(f"{self._address.text}: {reason}")


_HINT = "does RabbitMQ run there (AMQP, port 5672)?"


def _text(error: BaseException) -> str:
    """Return what the broker or the system says, in one line."""
    words = [str(each) for each in error.args if isinstance(each, str)]
    return " ".join((words[-1] if words else type(error).__name__).split())
