"""How a log line looks: for people, or as JSON for programs. No control character of a message gets into it."""

import json
import logging
import sys
from enum import StrEnum
from types import TracebackType

from tickql.feed.printable import printable
from tickql.feed.tick import instant


class LogFormat(StrEnum):
    """The form of the log."""

    TEXT = "text"
    JSON = "json"


class TextLines(logging.Formatter):
    """`<time> <level> <logger>: <message>`, and the traceback of an exception in further lines."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the base class's name
        """Return the line. A message may quote a page."""
        record.message = printable(record.message)
        return super().formatMessage(record)


class JsonLines(logging.Formatter):
    """One JSON object a line, of ASCII only: `time` (UTC), `level`, `logger`, `message`, and `exception` if any."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        fields = {
            "time": instant(round(record.created * 1e6)).isoformat().replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "message": printable(record.getMessage()),
        }
        if record.exc_info:
            lines = self.formatException(record.exc_info).split("\n")
            fields["exception"] = "\n".join(map(printable, lines))
        return json.dumps(fields)


def formatter(log_format: LogFormat) -> logging.Formatter:
    """Return the formatter of that form."""
    return JsonLines() if log_format is LogFormat.JSON else TextLines()


def log_uncaught(log_format: LogFormat) -> None:
    """In a JSON log, log an error that nothing has caught, too: the traceback of Python would be many lines."""
    if log_format is LogFormat.JSON:
        sys.excepthook = _log_uncaught


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    logging.getLogger("tickql").critical("ended by an unexpected error", exc_info=(kind, error, trace))
