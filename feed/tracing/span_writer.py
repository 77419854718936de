"""Writes finished spans to an OTLP collector. The only user of OpenTelemetry.

A thread of OpenTelemetry's SDK sends the spans, in batches. Its queue is bounded: what a collector that is away does
not take is dropped.
"""

import asyncio
import logging
import os
import threading
import time
from collections.abc import Sequence

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context
from opentelemetry.trace import SpanKind as OtelKind

from tickql.feed.log_damping import LogDamper
from tickql.feed.tracing.span import Span, SpanKind

logger = logging.getLogger("tickql.traces")
_sdk_log = logging.getLogger("opentelemetry")

_BATCH_SPANS = 64
"""Spans in one request to the collector, unless `_BATCH_VARIABLE` is set. With OpenTelemetry's 512 the encoding of one
request would hold the interpreter, and so the event loop, for many milliseconds."""
_BATCH_VARIABLE = "OTEL_BSP_MAX_EXPORT_BATCH_SIZE"
_CLOSE_S = 1.0
"""How long the end of the process waits for the last spans to be sent."""
_KINDS = {
    SpanKind.INTERNAL: OtelKind.INTERNAL,
    SpanKind.PRODUCER: OtelKind.PRODUCER,
    SpanKind.CONSUMER: OtelKind.CONSUMER,
}
_SAMPLED = TraceFlags(TraceFlags.SAMPLED)


class SpanWriter:
    """Sends spans in the background, with the settings in OpenTelemetry's environment variables.

    Raises:
        ValueError: one of these settings is malformed.
    """

    def __init__(self, service: str) -> None:
        self._reasons = _Reasons()
        self._ids = _GivenIds()
        # Which ticks are sampled is decided before their spans are made.
        self._provider = TracerProvider(ALWAYS_ON, _resource(service), shutdown_on_exit=False, id_generator=self._ids)
        batch_spans = None if os.environ.get(_BATCH_VARIABLE) else _BATCH_SPANS
        exporter = _Exporter(OTLPSpanExporter(), self._reasons)
        self._provider.add_span_processor(BatchSpanProcessor(exporter, max_export_batch_size=batch_spans))
        self._tracer = self._provider.get_tracer("tickql")
        # What the SDK says of its settings is logged by now; what it says at each try to send, `_Exporter` says once.
        _sdk_log.addHandler(self._reasons)
        _sdk_log.propagate = False

    def write(self, span: Span) -> None:
        """Send a span soon. Does not wait and does not fail; drops the oldest spans if too many wait."""
        self._ids.trace_id, self._ids.span_id = span.trace_id, span.span_id
        parent = Context()
        if span.parent_id:
            context = SpanContext(span.trace_id, span.parent_id, span.has_remote_parent, _SAMPLED)
            parent = set_span_in_context(NonRecordingSpan(context), parent)
        recorded = self._tracer.start_span(span.name, parent, _KINDS[span.kind], span.attributes, (), span.start_ns)
        for name, at_ns in span.events.items():
            recorded.add_event(name, timestamp=at_ns)
        recorded.end(span.end_ns)

    async def close(self) -> None:
        """Send what is left, for at most `_CLOSE_S`."""
        closing = threading.Thread(target=self._provider.shutdown, name="traces", daemon=True)
        closing.start()
        # The SDK itself would wait half a minute for a collector that does not answer.
        await asyncio.to_thread(closing.join, _CLOSE_S)
        if not closing.is_alive():
            _sdk_log.removeHandler(self._reasons)
            _sdk_log.propagate = True


def _resource(service: str) -> Resource:
    resource = Resource.create()
    # So the SDK names a program without a name.
    if str(resource.attributes[SERVICE_NAME]).startswith("unknown_service"):
        return resource.merge(Resource({SERVICE_NAME: service}))
    return resource


class _GivenIds(IdGenerator):
    """Returns the ids of the span that is being written."""

    trace_id = 0
    span_id = 0

    def generate_trace_id(self) -> int:
        """Return the id of the trace."""
        return self.trace_id

    def generate_span_id(self) -> int:
        """Return the id of the span."""
        return self.span_id


class _Reasons(logging.Handler):
    """Keeps the newest reason why something was not sent."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.newest = "it does not answer"

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the message of an exporter."""
        message = record.getMessage()
        # The message after the last attempt has no reason: that of the attempt before has.
        if record.name.startswith("opentelemetry.exporter") and "max retries" not in message:
            self.newest = message


class _Exporter(SpanExporter):
    """Exports, and logs when the collector takes no spans, and when it takes them again."""

    def __init__(self, exporter: SpanExporter, reasons: _Reasons) -> None:
        self._exporter = exporter
        self._reasons = reasons
        self._damper = LogDamper()
        self._was_down = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send a batch. Called in the thread of the SDK."""
        try:
            result = self._exporter.export(spans)
        except Exception as error:  # noqa: BLE001 - the SDK would log it at each attempt
            self._reasons.newest = f"{type(error).__name__}: {error}"
            result = SpanExportResult.FAILURE
        if result is SpanExportResult.FAILURE:
            self._was_down = True
            if self._damper.is_due("down", time.monotonic()):
                logger.warning("the collector takes no traces, they are dropped: %s", self._reasons.newest)
        elif self._was_down and self._damper.is_due("up", time.monotonic()):
            logger.warning("the collector takes traces again")
        return result

    def shutdown(self) -> None:
        """End a retry that is waiting."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Return whether everything was sent."""
        return self._exporter.force_flush(timeout_millis)
