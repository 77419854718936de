"""The traces of a process: opened at its start if they are asked for, closed at its end."""

import logging
import multiprocessing
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tickql.feed.tracing.settings import TraceSettings, TracesImpossible, read_trace_settings
from tickql.feed.tracing.span import Span

if TYPE_CHECKING:
    from tickql.feed.tracing.span_writer import SpanWriter

logger = logging.getLogger("tickql.traces")

_IMPOSSIBLE = "no traces: %s"
"""Prices matter more: they are served without traces."""


@dataclass(frozen=True, slots=True)
class TickTraces:
    """Where the spans of sampled ticks go. `write` neither waits nor fails. `ratio`: the share of sampled ticks."""

    write: Callable[[Span], None]
    ratio: float


@asynccontextmanager
async def open_traces(service: str) -> AsyncIterator[TickTraces | None]:
    """Yield the traces of this process; `None`: nobody asks for them, or they are impossible, which is logged.

    `service`: the name of the process in its traces, unless `OTEL_SERVICE_NAME` has another one.
    """
    opened = None
    try:
        opened = _open(service)
    except TracesImpossible as error:
        # Of several workers none says what their parent has said (`warn_if_impossible`).
        if multiprocessing.parent_process() is None:
            logger.warning(_IMPOSSIBLE, error)
    if opened is None:
        yield None
        return
    settings, writer = opened
    logger.info("traces of %g of all ticks go to the collector", settings.ratio)
    try:
        yield TickTraces(writer.write, settings.ratio)
    finally:
        await writer.close()


def warn_if_impossible() -> None:
    """Log once for all workers that are about to start that traces are asked for and impossible."""
    try:
        if (settings := read_trace_settings(os.environ)) is not None:
            _writer_class(settings)
    except TracesImpossible as error:
        logger.warning(_IMPOSSIBLE, error)


def _open(service: str) -> "tuple[TraceSettings, SpanWriter] | None":
    settings = read_trace_settings(os.environ)
    if settings is None:
        return None
    try:
        return settings, _writer_class(settings)(service)
    except ValueError as error:
        raise TracesImpossible(f"OpenTelemetry: {error}") from error


def _writer_class(settings: TraceSettings) -> "type[SpanWriter]":
    try:
        # Imported here: nobody else pays for it, and it may not be installed.
        from tickql.feed.tracing.span_writer import SpanWriter
    except ImportError as error:
        raise TracesImpossible(
            f"{settings.asked_by} is set, but OpenTelemetry is not installed: pip install 'tickql[otel]'"
        ) from error
    return SpanWriter
