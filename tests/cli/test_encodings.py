"""Output that is not UTF-8: a page may show any character, and no command ends because it cannot print one."""

import asyncio
import io
import json
import os
import re
import sys
from pathlib import Path

import pytest

from tests.support.process import program
from tests.support.site import Site
from tickql.cli import terminal
from tickql.feed.embedded.ports import free_port

BOARD = """<!doctype html><meta charset=utf-8><title>Börse € 日経</title><table><thead><tr><th>Symbol<th>Geld €<th>Brief
<tbody><tr data-s="日経225"><td>日経225<td class=b>€ 12,10<td class=a>€ 12,30
<tr data-s=ES><td>ES<td class=b>€ 5.309,25<td class=a>zu €</table>
<script>let n = 0; setInterval(() => { document.querySelector(".a").textContent = "€ 12," + (30 + ++n % 60); }, 50);
</script>"""
RULES = """
[[table]]
rows = "tbody tr"
symbol = { attribute = "data-s" }
bid = ".b"
ask = ".a"
format = "1.234,56"
"""


def test_what_cannot_be_written_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(written, encoding="cp1252", write_through=True))
    terminal.replace_unprintable()
    terminal.console.print("€ 日 \ud800")
    assert written.getvalue() == b"\x80 ? ?\n"


@pytest.mark.parametrize(("encoding", "written"), [("utf-8", '"€ 日"'), ("ascii", '"\\u20ac \\u65e5"')])
def test_json_loses_nothing(encoding: str, written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(io.BytesIO(), encoding=encoding))
    assert terminal.json_text("€ 日") == written


async def _output(encoding: str, *arguments: str) -> tuple[int | None, bytes]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tickql", *arguments,
        env={**os.environ, "PYTHONIOENCODING": encoding, "NO_COLOR": "1", "COLUMNS": "160"},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, stdin=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    async with asyncio.timeout(50):
        output, _ = await process.communicate()
    return process.returncode, output


@pytest.mark.long
@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
async def test_no_command_ends_because_of_a_character_of_the_page(tmp_path: Path, encoding: str) -> None:
    feed, port = tmp_path / "börse.toml", free_port()
    api = f"http://127.0.0.1:{port}/graphql"
    run = ("-m", "tickql", "up", str(feed), "--port", str(port), "--data", str(tmp_path / "data"))
    async with Site() as site:
        feed.write_text(f'[page]\nurl = "{site.put("/", BOARD)}"\n{RULES}', encoding="utf-8")
        async with program(*run, environment={"PYTHONIOENCODING": encoding}) as up:
            await up.says("/graphql")
            commands = [
                ("last", "--url", api),
                ("record", str(feed), "-o", str(tmp_path / "a.csv"), "--for", "0.5"),
                ("check", str(feed), "--seconds", "0.5"),
                ("check", str(feed), "--seconds", "0.5", "--json", "--no-screenshot"),
                ("discover", site.url("/"), "-o", str(tmp_path / "b.toml")),
                ("doctor", str(feed)),
            ]
            outputs = [await _output(encoding, *command) for command in commands]
            assert up.process.returncode is None
    for command, (code, output) in zip(commands, outputs, strict=True):
        assert code in (0, 1), (command, output)
        assert b"Traceback" not in output, output.decode(encoding)
        assert not re.search(rb"Unicode\w*Error", output), (command, output)
    assert "zu €" in {field["raw"] for field in json.loads(outputs[3][1])["fields"]}
    assert b"5.309,25" in outputs[2][1]
