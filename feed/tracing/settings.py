"""The settings of traces: OpenTelemetry's own environment variables."""

from collections.abc import Mapping
from dataclasses import dataclass

DEFAULT_RATIO = 0.001
"""The share of sampled ticks unless `OTEL_TRACES_SAMPLER` or its argument is set. OpenTelemetry's own is every one."""
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_RATIO_SAMPLERS = ("traceidratio", "parentbased_traceidratio")
_FIXED_RATIOS = {"always_on": 1.0, "parentbased_always_on": 1.0, "always_off": 0.0, "parentbased_always_off": 0.0}


class TracesImpossible(Exception):
    """Traces are asked for and cannot be written; says why."""


@dataclass(frozen=True, slots=True)
class TraceSettings:
    """`asked_by`: the variable that asks for traces. `ratio`: the share of ticks that are sampled, above 0 to 1."""

    asked_by: str
    ratio: float


def read_trace_settings(environment: Mapping[str, str]) -> TraceSettings | None:
    """Return the settings; `None`: nobody asks for traces.

    Raises:
        TracesImpossible: a value is not known.
    """
    # An empty variable counts as one that is not set: OpenTelemetry's specification says so.
    given = {name: value.strip() for name, value in environment.items() if value.strip()}
    asked_by = _asking_variable(given)
    if asked_by is None:
        return None
    ratio = _ratio(given)
    if not ratio:
        return None
    protocol = next((name for name in _PROTOCOLS if name in given), None)
    if protocol is not None and given[protocol] != "http/protobuf":
        raise TracesImpossible(f"{protocol} is {given[protocol]!r}, and tickql writes http/protobuf only")
    return TraceSettings(asked_by, ratio)


def _asking_variable(given: Mapping[str, str]) -> str | None:
    if given.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return None
    exporter = given.get("OTEL_TRACES_EXPORTER")
    if exporter is None:
        return next((name for name in _ENDPOINTS if name in given), None)
    if exporter not in ("otlp", "none"):
        raise TracesImpossible(f"OTEL_TRACES_EXPORTER is {exporter!r}, and tickql knows otlp and none")
    return "OTEL_TRACES_EXPORTER" if exporter == "otlp" else None


def _ratio(given: Mapping[str, str]) -> float:
    sampler = given.get("OTEL_TRACES_SAMPLER")
    if sampler in _FIXED_RATIOS:
        return _FIXED_RATIOS[sampler]
    if sampler is not None and sampler not in _RATIO_SAMPLERS:
        known = ", ".join((*_RATIO_SAMPLERS, *_FIXED_RATIOS))
        raise TracesImpossible(f"OTEL_TRACES_SAMPLER is {sampler!r}, and tickql knows {known}")
    text = given.get("OTEL_TRACES_SAMPLER_ARG")
    if text is None:
        return DEFAULT_RATIO if sampler is None else 1.0
    try:
        ratio = float(text)
    except ValueError:
        ratio = -1.0
    if not 0 <= ratio <= 1:
        raise TracesImpossible(f"OTEL_TRACES_SAMPLER_ARG is {text!r}, and must be a share from 0 to 1, such as 0.001")
    return ratio
