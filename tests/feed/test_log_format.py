"""Log lines for people and for programs."""

import json
import logging
import sys

import pytest

from tests.feed.test_printable import HOSTILE
from tests.support.process import command
from tickql.feed.embedded.ports import free_port
from tickql.feed.log_format import LogFormat, formatter


def _record(message: str, *arguments: object) -> logging.LogRecord:
    try:
        raise ValueError(HOSTILE)
    except ValueError:
        return logging.LogRecord("tickql.feed", logging.WARNING, "a.py", 1, message, arguments, sys.exc_info())


@pytest.mark.parametrize("arguments", [(HOSTILE,), ()])
def test_a_message_is_one_line_without_control_characters(arguments: tuple[str, ...]) -> None:
    record = _record("%s" if arguments else HOSTILE, *arguments)
    assert formatter(LogFormat.TEXT).format(record).splitlines()[0].isprintable()


def test_a_json_line_has_time_level_logger_message_and_exception() -> None:
    line = formatter(LogFormat.JSON).format(_record("%s, 日経", HOSTILE))
    assert line.isprintable()
    assert line.isascii()
    fields = json.loads(line)
    assert list(fields) == ["time", "level", "logger", "message", "exception"]
    assert fields["time"].endswith("Z")
    assert (fields["level"], fields["logger"]) == ("WARNING", "tickql.feed")
    assert fields["message"] == "a b\\x1b[2Jc\\u202ed\\x00, 日経"
    assert fields["exception"].startswith("Traceback (most recent call last):\n")
    assert all(each.isprintable() for each in fields["exception"].split("\n"))


async def test_every_line_of_a_server_is_json() -> None:
    environment = {"TICKQL_LOG_FORMAT": "json", "TICKQL_PORT": str(free_port()), "TICKQL_HOST": "192.0.2.1"}
    async with command(sys.executable, "-m", "tickql", "serve", "--insecure", environment=environment) as running:
        assert await running.ends() == 1
    (fields,) = map(json.loads, running.output)
    assert fields["level"] == "ERROR"
    assert fields["message"].startswith("cannot listen on 192.0.2.1 port")
