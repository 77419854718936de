"""One connection to RabbitMQ's stream protocol. It never reconnects: a lost connection is an error of its owner.

The `Producer` of `rstream` reconnects by itself, and then gives numbers again. Only its `Client`, which speaks the
protocol, is used here.
"""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Mapping, Sequence
from contextlib import suppress
from typing import TypeVar

from rstream import exceptions, schema
from rstream.client import Client
from rstream.constants import OffsetType
from rstream.utils import OnClosedErrorInfo

from tickql.relay.errors import SinkRefused, SinkUnavailable
from tickql.relay.rabbitmq.broker_address import BrokerAddress
from tickql.relay.rabbitmq.stream_transport import (
    FRAME_OVERHEAD_BYTES,
    MESSAGE_OVERHEAD_BYTES,
    StreamTransport,
    split,
)

# Everything that it logs is an error that this module raises.
logging.getLogger("rstream").setLevel(logging.CRITICAL + 1)

DEADLINE_S = 10.0
"""How long the broker may take for an answer, or for the confirmation of a batch."""
_HEARTBEAT_S = 3
"""Between two heartbeats. They tell a broker that takes nothing (an alarm) from one that is frozen."""
_CLOSE_S = 1.0
_MAX_FRAME_BYTES = 1 << 20
"""The broker's own default."""
_FRAME_MESSAGES = 1000
"""At most in one frame: the broker works on the first while the next is encoded."""
_SUBSCRIPTION = 1

T = TypeVar("T")


class StreamConnection(Client):
    """A connection, logged in. Its methods raise `SinkUnavailable` or `SinkRefused`. For one task at a time."""

    def __init__(self, address: BrokerAddress, host: str, port: int, name: str) -> None:
        super().__init__(
            host, port, ssl_context=address.tls, frame_max=_MAX_FRAME_BYTES, heartbeat=_HEARTBEAT_S,
            connection_name=name, connection_closed_handler=self._on_closed,
        )  # fmt: skip
        self._address = address
        self._transport = StreamTransport(host, port, address.tls)
        self._lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Raises why the connection can no longer be used."""
        self._lost.add_done_callback(asyncio.Future.exception)
        self._confirmed: asyncio.Future[None] | None = None
        self._unconfirmed = 0
        # Without a stream the client would not call `connection_closed_handler`.
        self.add_stream("")

    async def start(self) -> None:
        """Connect, as `rstream` does it, with another kind of connection."""
        self._conn = self._transport
        await self._transport.open()
        self.start_task("listener", self._listener())

    async def open_session(self) -> None:
        """Connect and log in."""
        try:
            async with asyncio.timeout(DEADLINE_S):
                await self.start()
        except (OSError, TimeoutError) as error:
            raise self._unavailable(f"no connection: {str(error) or 'no answer'}; {_HINT}") from error
        self.add_handler(schema.Close, self._on_server_close, "close")
        self.add_handler(schema.PublishConfirm, self._on_confirm, "confirm")
        self.add_handler(schema.PublishError, self._on_error, "error")
        self.add_handler(schema.MetadataUpdate, self._on_metadata, "metadata")
        address = self._address
        try:
            await self._answer(self.authenticate(address.vhost, address.user, address.password))
        except exceptions.VirtualHostAccessFailure:
            raise self._refused(f"no virtual host {address.vhost!r}, or user {address.user!r} may not use it") from None
        except (exceptions.AuthenticationFailure, exceptions.SASLAuthenticationFailureLoopback):
            raise self._refused(f"wrong user or password (user {address.user!r})") from None
        except (exceptions.ServerError, AssertionError) as error:
            raise self._refused(f"no login: {_reason(error)}") from error

    async def create(self, stream: str, arguments: Mapping[str, str]) -> None:
        """Create a stream if it is missing."""
        try:
            await self._answer(self.create_stream(stream, dict(arguments)))
        except exceptions.StreamAlreadyExists:
            return
        except exceptions.AccessRefused:
            if not await self._answer(self.stream_exists(stream)):
                raise self._refused(f"there is no stream {stream!r}, and this user may not create it") from None
        except exceptions.PreconditionFailed:
            raise self._refused(f"{stream!r} exists, but not as a stream, or its options are not valid") from None
        except exceptions.ServerError as error:
            raise self._unavailable(f"stream {stream!r} was not created: {_reason(error)}") from error

    async def declare(self, publisher: int, stream: str, reference: str) -> int:
        """Declare a named publisher. Returns the last publishing id of this name that the stream has; 0: none."""
        try:
            await self._answer(self.declare_publisher(stream, reference, publisher))
            return await self.last_id(stream, reference)
        except exceptions.AccessRefused:
            raise self._refused(f"this user may not write to the stream {stream!r}") from None
        except exceptions.ServerError as error:
            raise self._unavailable(f"stream {stream!r}: {_reason(error)}") from error

    async def last_id(self, stream: str, reference: str) -> int:
        """Return the last publishing id of this name that the stream has; 0: none."""
        return await self._answer(self.query_publisher_sequence(stream, reference))

    async def publish_all(self, publisher: int, first_id: int, entries: Sequence[bytes]) -> None:
        """Publish messages with rising ids. Returns when the broker has them all."""
        self._unconfirmed = len(entries)
        self._confirmed = asyncio.get_running_loop().create_future()
        for part in split(enumerate(entries, first_id), _FRAME_MESSAGES, self.frame_max):
            await self._answer(self._transport.publish(publisher, part))
        await self._answer(self._confirmed)

    def largest_message(self) -> int:
        """Return how many bytes a message may have."""
        return self.frame_max - FRAME_OVERHEAD_BYTES - MESSAGE_OVERHEAD_BYTES

    async def read(self, stream: str, offset: int | None) -> AsyncGenerator[tuple[int, bytes], None]:
        """Read a stream without end: from an offset on, or (`None`) its last chunk and what follows.

        Gives each message with its offset. The first ones may lie before the offset that is asked for.
        """
        spec = OffsetType.LAST if offset is None else OffsetType.OFFSET
        # The client keeps deliveries for the handler of this name.
        self.add_handler(schema.Deliver, _ignore, str(_SUBSCRIPTION))
        try:
            await self._answer(self.subscribe(stream, _SUBSCRIPTION, schema.OffsetSpec.from_params(spec, offset)))
            while True:
                chunk: schema.Deliver = await self._answer(self._frames[_SUBSCRIPTION].get())
                for index, data in enumerate(chunk.get_messages()):
                    yield chunk.chunk_first_offset + index, data
                await self._answer(self.credit(_SUBSCRIPTION, 1))
        except exceptions.AccessRefused:
            raise self._refused(f"this user may not read the stream {stream!r}") from None
        except exceptions.ServerError as error:
            raise self._unavailable(f"stream {stream!r}: {_reason(error)}") from error

    async def end_read(self) -> None:
        """End what `read` has begun."""
        with suppress(exceptions.ServerError):
            await self._answer(self.unsubscribe(_SUBSCRIPTION))
        self.remove_handler(schema.Deliver, str(_SUBSCRIPTION))
        self._frames.pop(_SUBSCRIPTION, None)

    async def close_session(self) -> None:
        """Close the connection in any state, within two seconds."""
        if self.is_started and not self._lost.done():
            with suppress(Exception):
                async with asyncio.timeout(_CLOSE_S):
                    await self.sync_request(schema.Close(self._corr_id_seq.next(), 1, "OK"), schema.CloseResponse)
        self._is_not_closed = False
        await self.stop_task("heartbeat_sender")
        await self.stop_task("listener")
        # At once: a broker that is frozen takes no more bytes, and the client's own `close` would wait until it does.
        if self._conn is not None and self._conn._writer is not None:
            self._conn._writer.transport.abort()

    async def _answer(self, request: Awaitable[T]) -> T:
        """Await `request` with a deadline, and while the connection lives."""
        task = asyncio.ensure_future(request)
        try:
            async with asyncio.timeout(DEADLINE_S):
                await asyncio.wait((task, self._lost), return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                self._lost.result()
            return task.result()
        except TimeoutError as error:
            raise self._unavailable(self._silence()) from error
        except OSError as error:
            raise self._unavailable(f"the connection broke: {error}") from error
        finally:
            if not task.done():
                task.cancel()

    def _silence(self) -> str:
        if time.monotonic() - self._last_heartbeat < 2 * _HEARTBEAT_S + 1:
            return (
                f"it answers, but has taken nothing for {DEADLINE_S:g} s: no memory or no disk space left (an alarm)?"
            )
        return f"no answer within {DEADLINE_S:g} s"

    def _on_confirm(self, frame: schema.PublishConfirm) -> None:
        self._unconfirmed -= len(frame.publishing_ids)
        if self._unconfirmed <= 0 and self._confirmed is not None and not self._confirmed.done():
            self._confirmed.set_result(None)

    def _on_error(self, frame: schema.PublishError) -> None:
        code = frame.errors[0].response_code
        self._lose(f"it did not take a message: {_reason(exceptions.ServerError.from_code(code)())}")

    def _on_metadata(self, frame: schema.MetadataUpdate) -> None:
        self._lose(f"the stream {frame.metadata_info.stream!r} was deleted, or has moved to another server")

    def _on_server_close(self, frame: schema.Close) -> None:
        self._lose(f"it has closed the connection: {frame.reason}")

    def _on_closed(self, info: OnClosedErrorInfo) -> None:
        self._lose("the connection broke" if self.is_started else f"the connection broke; {_HINT}")

    def _lose(self, reason: str) -> None:
        if not self._lost.done():
            self._lost.set_exception(self._unavailable(reason))

    def _unavailable(self, reason: str) -> SinkUnavailable:
        return SinkUnavailable(f"{self._address.text}: {reason}")

    def _refused(self, reason: str) -> SinkRefused:
        return SinkRefused(f"{self._address.text}: {reason}")


_HINT = "does RabbitMQ run there, with its plugin rabbitmq_stream (port 5552)?"


def _ignore(frame: schema.Deliver) -> None:
    pass


def _reason(error: BaseException) -> str:
    """Return the name of an error of the protocol as words: `stream not available`."""
    words = "".join(f" {each.lower()}" if each.isupper() else each for each in type(error).__name__)
    return str(error) or words.strip()
