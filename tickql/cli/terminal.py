"""The terminal that a command writes to, and what all commands do alike: settings, logging, the end after an error."""

import io
import json
import logging
import sys
from typing import Any, NoReturn, TypeVar

from rich.console import Console

from tickql.feed.printable import printable
from tickql.feed.settings import FeedSettings

console = Console()

S = TypeVar("S", bound=FeedSettings)


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


class _OneLine(logging.Formatter):
    """A formatter that lets no control character of a message through: a message may quote a page."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the base class's name
        record.message = printable(record.message)
        return super().formatMessage(record)


def start_logging(level: str) -> None:
    """Log to standard error, from this level on."""
    handler = logging.StreamHandler()
    handler.setFormatter(_OneLine("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[handler])
    if level != "CRITICAL":
        # Its warning matters to commands too that print only errors.
        logging.getLogger("tickql.sandbox").setLevel(logging.WARNING)


def fail(message: str, code: int = 1) -> NoReturn:
    """Print one line to standard error and end the process with this exit code."""
    # `markup=False`: the message may quote a selector such as `[data-x]`, which rich would take for a style.
    Console(stderr=True).print(f"tickql: {message}", style="red", highlight=False, markup=False, soft_wrap=True)
    sys.exit(code)
