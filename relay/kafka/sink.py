"""The Kafka sink: each batch is one transaction, with the place behind it."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import Any, TypeVar

from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient

from tickql.feed.tick import Cursor
from tickql.relay.address import SinkAddress
from tickql.relay.errors import RelayError, SinkUnavailable
from tickql.relay.kafka.faults import raise_translated, refused, translate
from tickql.relay.kafka.options import KafkaOptions
from tickql.relay.kafka.places import read_places
from tickql.relay.kafka.topics import Topics
from tickql.relay.sink import Batch, Message, MessageKind, RelayContext

T = TypeVar("T")
_Headers = list[tuple[str, str | bytes | None]]

_DEADLINE_S = 10.0
"""How long the broker may take for one step. A failing leader is replaced in that time."""
_PLACES_S = 120.0
"""How long the place may take to be read: it is some megabytes, and a broker that sends nothing is noticed before."""
_ALL_DOWN_S = 1.0
"""The same, when none of them can be reached: the next sink begins anew, and the log says so soon."""
_TRANSACTION_S = 15.0
"""How long the broker waits for a silent relay before it aborts its transaction: longer than the step may take."""
_SLICE_S = 0.25
"""How long a call of the library blocks before `close` is noticed."""
_library_log = logging.getLogger("tickql.relay.kafka")
_library_log.addFilter(lambda record: _library_log.isEnabledFor(logging.DEBUG))


def create_sink(address: SinkAddress, context: RelayContext) -> "KafkaSink":
    """Return a sink that is not connected. Raises `InvalidAddress`."""
    return KafkaSink(KafkaOptions.of(address, context), str(address))


class KafkaSink:
    """A sink for Kafka (see `tickql.relay.sink.Sink`). The library blocks, so all its calls run in a thread.

    The transactional id fences off every earlier sink of this name, and `open` waits until the transaction of that
    sink is committed or aborted. So the place that it then reads says exactly what consumers with `read_committed` get.
    """

    def __init__(self, options: KafkaOptions, address: str) -> None:
        self._options = options
        self._address = address
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="kafka")
        self._is_closing = threading.Event()
        self._producer: Producer | None = None
        self._problem: KafkaError | None = None
        """The newest error of a connection."""
        self._silent_until_s = float("inf")
        """When to give up, because no broker can be reached."""
        self._undelivered: KafkaError | None = None
        """Why the broker did not take a message of this transaction."""

    async def open(self) -> Mapping[str, Cursor]:
        """Connect, create topics, fence off earlier sinks, and read the place."""
        return await self._run(self._open)

    async def send(self, batch: Batch) -> None:
        """Send a batch and its place in one transaction."""
        await self._run(lambda: self._send(batch))

    async def close(self) -> None:
        """Give the connection up. A transaction that is not committed is aborted: by this sink, or by the next."""
        if not self._is_closing.is_set():
            self._is_closing.set()
            await asyncio.shield(asyncio.get_running_loop().run_in_executor(self._thread, self._give_up))
            self._thread.shutdown(wait=False)

    async def _run(self, call: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, call)
        except KafkaException as exception:
            raise_translated(exception, self._address)

    def _open(self) -> dict[str, Cursor]:
        client: dict[str, Any] = {
            **self._options.client,
            "error_cb": self._note_problem,
            "logger": _library_log,
            "socket.keepalive.enable": True,
            # Requests are small and one waits for the other.
            "socket.nagle.disable": True,
            "socket.timeout.ms": int(_DEADLINE_S * 1000),
            "reconnect.backoff.max.ms": 1000,
        }
        admin = AdminClient(client)
        topics = Topics(admin, self._options, self._address, lambda future: self._answer(admin, future))
        topics.ensure()
        self._producer = producer = Producer(
            {
                **client,
                "transactional.id": self._options.transactional_id,
                "transaction.timeout.ms": int(_TRANSACTION_S * 1000),
                "message.max.bytes": topics.max_message_bytes(),
                "compression.type": self._options.compression,
                # Records wait for the commit, which sends them at once: full requests, and none later for it.
                "linger.ms": 50,
                # The pause after "the transaction before is not finished yet".
                "retry.backoff.ms": 5,
                # As Kafka's own clients do: the same symbol is in the same partition, whoever wrote it.
                "partitioner": "murmur2_random",
                "on_delivery": self._note_undelivered,
                "delivery.report.only.error": True,
            }
        )
        self._until_done(producer.init_transactions)
        until_s = time.monotonic() + _PLACES_S
        return read_places(client, self._options, self._address, lambda: self._check_time(until_s))

    def _send(self, batch: Batch) -> None:
        producer = self._producer
        assert producer is not None, "open comes first"
        self._problem = self._undelivered = None
        self._silent_until_s = float("inf")
        producer.begin_transaction()
        for message in batch.messages:
            self._produce(producer, message)
        for symbol, cursor in batch.places.items():
            producer.produce(self._options.places, str(cursor), self._options.place_prefix + symbol)
        try:
            self._until_done(producer.commit_transaction)
        except RelayError as error:
            if self._undelivered is not None:
                raise translate(self._undelivered, self._address) from error
            raise

    def _produce(self, producer: Producer, message: Message) -> None:
        kind, key, cursor, body = message
        if kind is MessageKind.TICK:
            assert cursor is not None
            producer.produce(self._options.ticks, body, key, headers=_place_headers(cursor))
        else:
            kinds: _Headers = [("kind", kind.value)]
            headers = kinds if cursor is None else kinds + _place_headers(cursor)
            producer.produce(self._options.status, body, key, headers=headers)

    def _until_done(self, step: Callable[[float], None]) -> None:
        """Call a step of a transaction until it is done, in slices: the library continues where it was."""
        until_s = time.monotonic() + _DEADLINE_S
        while True:
            try:
                step(_SLICE_S)
                return
            except KafkaException as exception:
                error: KafkaError = exception.args[0]
                if not error.retriable():
                    raise translate(error, self._address) from exception
                self._check_time(until_s)

    def _answer(self, admin: AdminClient, future: "Future[T]") -> T:
        """Wait for an answer of the broker. The library itself would try a wrong password for ever."""
        until_s = time.monotonic() + _DEADLINE_S
        while True:
            try:
                return future.result(0 if future.done() else 0.02)
            except FutureTimeoutError:
                admin.poll(0)
                self._check_time(until_s)

    def _check_time(self, until_s: float) -> None:
        problem = self._problem
        if problem is not None and (refusal := refused(problem, self._address)) is not None:
            raise refusal
        if self._is_closing.is_set():
            raise SinkUnavailable(f"{self._address}: the relay is ending")
        if time.monotonic() > min(until_s, self._silent_until_s):
            if problem is not None:
                raise translate(problem, self._address)
            raise SinkUnavailable(f"{self._address} does not answer (nothing within {_DEADLINE_S:.0f} s)")

    def _give_up(self) -> None:
        """Abort what is not committed, if the broker answers at once. Otherwise it is aborted by the next sink.

        The producer ends here: that waits for its threads, and must not hold up the event loop.
        """
        producer, self._producer = self._producer, None
        if producer is None:
            return
        try:
            producer.purge()
            producer.abort_transaction(2 * _SLICE_S)
        except KafkaException as exception:
            # No transaction was open, or the broker does not answer.
            _library_log.debug("not aborted: %s", exception)

    def _note_problem(self, error: KafkaError) -> None:
        if error.code() == KafkaError._ALL_BROKERS_DOWN:
            self._silent_until_s = min(self._silent_until_s, time.monotonic() + _ALL_DOWN_S)
        # "All brokers are down" says less than the error before it.
        if self._problem is None or error.code() != KafkaError._ALL_BROKERS_DOWN:
            self._problem = error

    def _note_undelivered(self, error: KafkaError | None, _: object) -> None:
        if error is not None and self._undelivered is None:
            self._undelivered = error


def _place_headers(cursor: Cursor) -> _Headers:
    return [("cursor", str(cursor)), ("epoch", str(cursor.epoch))]
