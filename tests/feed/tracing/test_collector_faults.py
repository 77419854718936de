"""Traces that cannot be written: the log says so once, and nothing waits for them."""

import asyncio
import logging
from pathlib import Path

import pytest

from tests.support.otlp_collector import Collector
from tests.support.process import Program, program
from tests.support.waiting import until
from tickql.feed.embedded.ports import free_port
from tickql.feed.tracing.span import Span
from tickql.feed.tracing.tick_traces import TickTraces, open_traces

SPAN = Span("tick", 1, 2, 0, 3, 4)


async def test_a_collector_that_is_away_costs_one_line(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    collector = Collector()
    collector.ask_for_traces(monkeypatch)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "0.2")
    caplog.set_level(logging.INFO)
    async with open_traces("test") as traces:
        assert traces is not None
        # More than its queue holds.
        for _ in range(3000):
            traces.write(SPAN)
        await until(lambda: _has(caplog, "the collector takes no traces, they are dropped: "))
        async with collector:
            await until(lambda: _has(caplog, "the collector takes traces again", traces))
    warnings = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(warnings) == 2


@pytest.mark.long
async def test_the_end_does_not_wait_for_a_collector_that_hangs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with Collector() as collector:
        collector.ignore("/v1/traces")
        collector.ask_for_traces(monkeypatch)
        loop = asyncio.get_running_loop()
        async with open_traces("test") as traces:
            assert traces is not None
            traces.write(SPAN)
            await collector.until(lambda: collector.requests)
            ends_s = loop.time()
        # The exporter's own timeout is 10 s, that of the SDK's shutdown 30 s.
        assert loop.time() - ends_s < 8


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "no traces: OTEL_EXPORTER_OTLP_PROTOCOL is 'grpc', and tickql writes"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "soon", "Invalid timeout value 'soon', using default"),
        (
            "OTEL_BSP_MAX_QUEUE_SIZE",
            "8",
            "no traces: OpenTelemetry: max_export_batch_size must be less than or equal to",
        ),
    ],
)
async def test_a_wrong_setting_is_one_line(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, name: str, value: str, line: str
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv(name, value)
    async with open_traces("test") as traces:
        assert (traces is None) == line.startswith("no traces: ")
    # The thread that sends the spans of an earlier test may still log that it could not.
    (message,) = {record.getMessage() for record in caplog.records if "OtelBatch" not in str(record.threadName)}
    assert message.startswith(line)


@pytest.mark.parametrize("workers", [1, pytest.param(3, marks=pytest.mark.long)])
async def test_without_opentelemetry_a_server_says_so_once_and_serves(tmp_path: Path, workers: int) -> None:
    (tmp_path / "opentelemetry").mkdir()
    (tmp_path / "opentelemetry" / "__init__.py").write_text("raise ModuleNotFoundError('not here')\n")
    environment = {
        "PYTHONPATH": str(tmp_path),
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{free_port()}",
        "TICKQL_REDIS_URL": f"redis://127.0.0.1:{free_port()}/0",
    }
    async with program(
        "-m", "tickql", "serve", "--port", "0", "--workers", str(workers), environment=environment
    ) as api:
        await api.says("no traces: OTEL_EXPORTER_OTLP_ENDPOINT is set, but OpenTelemetry is not installed: pip install")
        # Each worker looks for Redis once it runs.
        await until(lambda: _counts(api, "redis", workers))
    assert sum("traces" in line for line in api.output) == 1
    assert not any("Traceback" in line for line in api.output)


async def _counts(api: Program, text: str, count: int) -> bool:
    return sum(text in line for line in api.output) >= count


async def _has(caplog: pytest.LogCaptureFixture, text: str, traces: TickTraces | None = None) -> bool:
    """Whether the log has a text; with `traces`, after one more span."""
    if traces is not None:
        traces.write(SPAN)
    return text in caplog.text
