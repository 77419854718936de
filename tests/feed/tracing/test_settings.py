"""OpenTelemetry's environment variables, as tickql reads them."""

import pytest

from tickql.feed.tracing.settings import TraceSettings, TracesImpossible, read_trace_settings

ENDPOINT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"OTEL_SERVICE_NAME": "prices", "OTEL_TRACES_SAMPLER": "always_on"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": " "},
        {**ENDPOINT, "OTEL_TRACES_EXPORTER": "none"},
        {**ENDPOINT, "OTEL_SDK_DISABLED": "True"},
        {**ENDPOINT, "OTEL_TRACES_SAMPLER": "always_off"},
        {**ENDPOINT, "OTEL_TRACES_SAMPLER_ARG": "0"},
    ],
)
def test_nobody_asks_for_traces(environment: dict[str, str]) -> None:
    assert read_trace_settings(environment) is None


@pytest.mark.parametrize(
    ("environment", "asked_by", "ratio"),
    [
        (ENDPOINT, "OTEL_EXPORTER_OTLP_ENDPOINT", 0.001),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c/v1/t"}, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", 0.001),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, "OTEL_TRACES_EXPORTER", 0.001),
        ({**ENDPOINT, "OTEL_TRACES_SAMPLER": "always_on"}, "OTEL_EXPORTER_OTLP_ENDPOINT", 1.0),
        ({**ENDPOINT, "OTEL_TRACES_SAMPLER": "traceidratio"}, "OTEL_EXPORTER_OTLP_ENDPOINT", 1.0),
        ({**ENDPOINT, "OTEL_TRACES_SAMPLER_ARG": "0.25"}, "OTEL_EXPORTER_OTLP_ENDPOINT", 0.25),
        ({**ENDPOINT, "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}, "OTEL_EXPORTER_OTLP_ENDPOINT", 0.001),
    ],
)
def test_traces_are_asked_for(environment: dict[str, str], asked_by: str, ratio: float) -> None:
    assert read_trace_settings(environment) == TraceSettings(asked_by, ratio)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTEL_TRACES_EXPORTER", "zipkin"),
        ("OTEL_TRACES_SAMPLER", "jaeger_remote"),
        ("OTEL_TRACES_SAMPLER_ARG", "1.5"),
        ("OTEL_TRACES_SAMPLER_ARG", "nan"),
        ("OTEL_TRACES_SAMPLER_ARG", "one in ten"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json"),
    ],
)
def test_a_value_that_is_not_known_is_named(name: str, value: str) -> None:
    with pytest.raises(TracesImpossible, match=f"^{name} is '{value}'"):
        read_trace_settings({**ENDPOINT, name: value})
