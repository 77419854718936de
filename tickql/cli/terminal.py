"""The terminal that a command writes to, and what all commands do alike: settings, logging, the end after an error."""

import io
import json
import logging
import sys
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from rich.console import Console

from tickql.cli.exit_codes import ExitCode
from tickql.feed.log_format import JsonLines, LogFormat, formatter, log_uncaught

if TYPE_CHECKING:
    from pydantic_settings import BaseSettings

console = Console()

S = TypeVar("S", bound="BaseSettings")


def replace_unprintable() -> None:
    """Make standard output replace what its encoding cannot write, such as `€` in ASCII, by `?`.

    A page may show any character, and a pipe, a code page of Windows or `PYTHONIOENCODING` may allow few. Python's own
    behaviour is an error in the middle of the output. Its standard error replaces such characters already.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def json_text(data: Any) -> str:
    """Return JSON for programs. If the output is not UTF-8, all but ASCII is escaped: nothing is lost."""
    is_utf8 = (getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "") == "utf8"
    return json.dumps(data, ensure_ascii=not is_utf8, indent=2)


def settings_from(kind: type[S], **options: Any) -> S:
    """Settings from the environment. An option of the command line that is not `None` replaces its setting."""
    return kind(**{name: value for name, value in options.items() if value is not None})


def start_logging(level: str, log_format: LogFormat = LogFormat.TEXT) -> None:
    """Log to standard error, from this level on."""
    handler = logging.StreamHandler()
    handler.setFormatter(formatter(log_format))
    log_uncaught(log_format)
    logging.basicConfig(level=level, handlers=[handler])
    if level != "CRITICAL":
        # Its warning matters to commands too that print only errors.
        logging.getLogger("tickql.sandbox").setLevel(logging.WARNING)


def _json_handler() -> logging.Handler | None:
    """Return what writes the JSON log; `None`: the log is text, or has not begun."""
    return next((each for each in logging.getLogger().handlers if isinstance(each.formatter, JsonLines)), None)


def fail(message: str, code: ExitCode = ExitCode.FAILED) -> NoReturn:
    """Print one line to standard error and end the process with this exit code. In a JSON log it is an error."""
    if (handler := _json_handler()) is not None:
        handler.handle(logging.makeLogRecord({"name": "tickql", "levelname": "ERROR", "msg": message}))
        sys.exit(code)
    # `markup=False`: the message may quote a selector such as `[data-x]`, which rich would take for a style.
    Console(stderr=True).print(f"tickql: {message}", style="red", highlight=False, markup=False, soft_wrap=True)
    sys.exit(code)
