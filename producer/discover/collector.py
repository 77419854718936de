"""The line to the collector in each frame of a page: a world of its own, over the browser's debugging protocol."""

from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from playwright.async_api import CDPSession, Page
from playwright.async_api import Error as PlaywrightError

from producer.discover.outline import Outline

_WORLD = "tickql-discover"
_CALL_MS = 10_000


class Collector:
    """Collects in all frames of one page that are in the page's own process, from before its first navigation on."""

    def __init__(self, session: CDPSession) -> None:
        self._session = session
        self._contexts: list[int] = []
        session.on("Runtime.executionContextCreated", self._on_created)
        session.on("Runtime.executionContextDestroyed", self._on_destroyed)
        session.on("Runtime.executionContextsCleared", lambda _: self._contexts.clear())

    @classmethod
    async def open(cls, page: Page) -> "Collector":
        """Set it up in a page that has not been anywhere yet."""
        session = await page.context.new_cdp_session(page)
        collector = cls(session)
        await session.send("Page.enable")
        await session.send("Runtime.enable")
        await session.send(
            "Page.addScriptToEvaluateOnNewDocument",
            {"source": f"({_source()})()", "worldName": _WORLD, "runImmediately": True},
        )
        return collector

    async def look(self) -> list[tuple[int, Outline]]:
        """What each frame tells, the page itself first. A frame that goes away meanwhile is left out."""
        told = [(context, Outline.decode(report)) for context, report in await self._reports()]
        return sorted(told, key=lambda each: not each[1].top)

    async def reports(self) -> list[str]:
        """The same, not decoded."""
        return [report for _, report in await self._reports()]

    async def _reports(self) -> list[tuple[int, str]]:
        told = [(each, await self._call(each, "globalThis.tickqlDiscover?.report()")) for each in list(self._contexts)]
        return [(context, report) for context, report in told if isinstance(report, str)]

    async def texts(self, context: int, spots: list[int]) -> dict[int, list[str]]:
        """All that these spots of a frame have shown lately."""
        told = await self._call(context, f"tickqlDiscover.texts({spots})")
        return {int(spot): texts for spot, texts in orjson.loads(told or "{}").items()}

    async def frame(self, context: int, drawn: list[tuple[int, str, str]]) -> None:
        """Draw a coloured box with a label around spots."""
        await self._call(context, f"tickqlDiscover.frame({orjson.dumps(drawn).decode()})")

    async def _call(self, context: int, expression: str) -> Any:
        given = {"expression": expression, "contextId": context, "returnByValue": True, "silent": True}
        with suppress(PlaywrightError):
            answer = await self._session.send("Runtime.evaluate", given, timeout=_CALL_MS)
            return answer["result"].get("value")
        return None

    def _on_created(self, event: dict[str, Any]) -> None:
        context = event.get("context", {})
        if context.get("name") == _WORLD:
            self._contexts.append(context["id"])

    def _on_destroyed(self, event: dict[str, Any]) -> None:
        with suppress(ValueError):
            self._contexts.remove(event.get("executionContextId", 0))


@cache
def _source() -> str:
    return Path(__file__).with_name("collect.js").read_text(encoding="utf-8").strip()
