"""Both wheels, installed from their files into empty environments: what a user gets from a package index."""

import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest

from tests.support.demo_market import api
from tests.support.market import open_market
from tests.support.process import command
from tickql.feed.embedded.ports import free_port
from tickql.feed.settings import FeedSettings

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

ROOT = Path(__file__).parents[2]
READ_TICKS = """
import importlib.util, sys
from itertools import islice
from tickql_client.sync import last_price, ticks

assert importlib.util.find_spec("tickql") is None, "the client needs nothing of the server"
url = sys.argv[1]
print("seqs", *(tick.seq for tick in islice(ticks("ES", url=url, after=last_price("ES", url=url).cursor), 3)))
"""


def installed(project: Path, folder: Path) -> Path:
    """Build the wheel of a project and install that file, with what it needs, into an empty environment.

    Returns the folder of the environment's programs.
    """
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder], cwd=project, check=True)
    (wheel,) = folder.glob("*.whl")
    subprocess.run([sys.executable, "-m", "venv", folder / "environment"], check=True)
    programs = folder / "environment" / "bin"
    install = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(wheel))
    subprocess.run([programs / "python", *install], cwd=folder, check=True)
    return programs


async def test_the_client_reads_ticks_of_a_server(tmp_path: Path, feed_settings: FeedSettings) -> None:
    programs = installed(ROOT / "clients/python", tmp_path)
    async with open_market(feed_settings) as market, api(feed_settings, free_port()) as url:
        market.tick()
        await market.publisher.flush()
        async with command(str(programs / "python"), "-c", READ_TICKS, url, folder=tmp_path) as reading:
            # The client has the first tick only when it subscribes behind it.
            while reading.process.returncode is None and not any("seqs" in line for line in reading.output):
                market.tick()
                await market.publisher.flush()
            seqs = list(map(int, (await reading.says("seqs")).split()[1:]))
        words = (str(programs / "python"), "-m", "tickql_client", "ES", "--url", url)
        async with command(*words, folder=tmp_path) as printing:
            await printing.says(f"{market.seqs['ES']}  ask ")
    assert seqs == list(range(seqs[0], seqs[0] + 3))


async def test_the_server_brings_live_prices_with_its_pages(tmp_path: Path) -> None:
    programs = installed(ROOT, tmp_path)
    port = str(free_port())
    options = ("--port", port, "--demo-port", str(free_port()), "--data", str(tmp_path / "data"))
    async with command(str(programs / "tickql"), "up", *options, folder=tmp_path) as up:
        await up.says("12 of 12 symbols tick")
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers={"Accept": "text/html"}) as browser:
            for address in ("/", "/graphql"):
                page = await browser.get(address)
                (script,) = re.findall(r'<script type="module"[^>]* src="([^"]+)"', page.text)
                assert (await browser.get(urljoin(address, script))).status_code == 200
        url = f"http://127.0.0.1:{port}/graphql"
        async with command(str(programs / "tickql"), "last", "ES", "--url", url, folder=tmp_path) as last:
            assert await last.ends() == 0
        assert re.search(r"^ES +\d+\.\d\d", "\n".join(last.output), re.MULTILINE)
    async with command(str(programs / "python"), "-c", "import tickql_client", folder=tmp_path) as foreign:
        assert await foreign.ends() == 1, "the name belongs to the wheel of the client"
