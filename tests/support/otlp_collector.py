"""A collector of traces: takes OTLP over HTTP, as protobuf, and keeps the spans."""

from collections import defaultdict
from dataclasses import dataclass

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.support.site import Site


@dataclass(frozen=True, slots=True)
class CollectedSpan:
    """A span as the collector received it. Ids are hexadecimal; `parent_id` is empty for a root."""

    service: str
    name: str
    kind: str
    trace_id: str
    span_id: str
    parent_id: str
    start_ns: int
    end_ns: int
    attributes: dict[str, str | int]
    events: dict[str, int]


class Collector(Site):
    """A site with `/v1/traces`."""

    def __init__(self) -> None:
        super().__init__(Route("/v1/traces", self._collect, methods=["POST"]))
        self.spans: list[CollectedSpan] = []

    def ask_for_traces(self, monkeypatch: pytest.MonkeyPatch, ratio: float = 1.0) -> None:
        """Have this process, and those that it starts, send the traces of that share of ticks here, soon."""
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", self.address)
        monkeypatch.setenv("OTEL_TRACES_SAMPLER", "traceidratio")
        monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", str(ratio))
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")

    @property
    def traces(self) -> dict[str, list[CollectedSpan]]:
        """The spans of each trace."""
        traces = defaultdict(list)
        for span in self.spans:
            traces[span.trace_id].append(span)
        return traces

    async def _collect(self, request: Request) -> Response:
        assert request.headers["content-type"] == "application/x-protobuf"
        message = ExportTraceServiceRequest.FromString(await request.body())
        for resource in message.resource_spans:
            service = str(_values(resource.resource.attributes)["service.name"])
            for scope in resource.scope_spans:
                self.spans += [_span(service, span) for span in scope.spans]
        self._changes.notify()
        return Response(media_type="application/x-protobuf")


def _span(service: str, span: Span) -> CollectedSpan:
    return CollectedSpan(
        service,
        span.name,
        Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_"),
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        span.start_time_unix_nano,
        span.end_time_unix_nano,
        _values(span.attributes),
        {event.name: event.time_unix_nano for event in span.events},
    )


def _values(attributes: "list[KeyValue]") -> dict[str, str | int]:
    return {each.key: each.value.string_value or each.value.int_value for each in attributes}
