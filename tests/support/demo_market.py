"""The whole chain as separate processes: page, producer, API. Each can be killed and started again."""

import contextlib
import re
from collections.abc import AsyncIterator
from pathlib import Path

from tests.support.process import Program, program
from tickql.demo import __file__ as demo_file
from tickql.feed.settings import FeedSettings

_FEED = Path(demo_file).parent / "feed.toml"


@contextlib.asynccontextmanager
async def page(*options: str) -> AsyncIterator[str]:
    """The demo board's address."""
    async with program("-m", "tickql.demo", "--port", "0", *options) as demo:
        yield re.findall(r"http://\S+", await demo.says("http://"))[0]


@contextlib.asynccontextmanager
async def producer(url: str, settings: FeedSettings, folder: Path, *options: str) -> AsyncIterator[Program]:
    """A producer of the board at `url`."""
    feed_file = folder / "feed.toml"
    feed_file.write_text(_FEED.read_text().replace("http://127.0.0.1:8081/", url))
    async with program(
        "-m", "tickql", "produce", str(feed_file), *options, environment=_environment(settings)
    ) as running:
        yield running


@contextlib.asynccontextmanager
async def api(settings: FeedSettings, port: int) -> AsyncIterator[str]:
    """The GraphQL address of an API on `port`."""
    async with program("-m", "tickql", "serve", "--port", str(port), environment=_environment(settings)) as running:
        await running.says("listening on")
        yield f"http://127.0.0.1:{port}/graphql"


def _environment(settings: FeedSettings) -> dict[str, str]:
    return {"TICKQL_REDIS_URL": settings.redis_url, "TICKQL_NAMESPACE": settings.namespace}
