"""The lines to the collectors in all frames of a page: a world of its own, over the browser's debugging protocol."""

from collections.abc import Sequence
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from playwright.async_api import CDPSession, Frame, Page
from playwright.async_api import Error as PlaywrightError

from tickql.producer.capture.closed_shadow_roots import expose_closed_roots
from tickql.producer.discover.page.outline import Outline

_WORLD = "tickql-discover"
_OPEN_ROOTS = "(...roots) => tickqlDiscover.open(...roots)"
_CALL_MS = 10_000
_FOLDER = Path(__file__).parent
_OBSERVER = Path(__file__).parents[2] / "capture" / "observer"
_MAX_LINES = 50


class Place(NamedTuple):
    """A document in one frame: its execution context in one process of the page."""

    line: "_Line"
    context: int


Seen = list[tuple[Place, Outline]]
"""What each frame tells, the page itself first."""


class Collector:
    """Collects in all frames of one page, from before its first navigation on."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._lines: dict[Frame, _Line] = {}

    @classmethod
    async def open(cls, page: Page) -> "Collector":
        """Set it up in a page that has not been anywhere yet."""
        collector = cls(page)
        await collector._join(page.main_frame, page)
        return collector

    async def look(self) -> Seen:
        """What each frame tells. A frame that goes away meanwhile is left out."""
        told = [(place, Outline.decode(report)) for place, report in await self._reports()]
        for place, outline in told:
            if outline.closed:
                await place.line.open_roots(place.context)
        return sorted(told, key=lambda each: not each[1].top)

    async def reports(self) -> list[str]:
        """The same, not decoded."""
        return [report for _, report in await self._reports()]

    async def texts(self, place: Place, spots: Sequence[int]) -> dict[int, list[str]]:
        """All that these spots of a frame have shown lately."""
        told = await place.line.call(place.context, f"tickqlDiscover.texts({list(spots)})")
        return {int(spot): texts for spot, texts in orjson.loads(told or "{}").items()}

    async def frame(self, place: Place, drawn: list[tuple[int, str, str]]) -> None:
        """Draw a coloured box with a label around spots."""
        await place.line.call(place.context, f"tickqlDiscover.frame({orjson.dumps(drawn).decode()})")

    async def _reports(self) -> list[tuple[Place, str]]:
        for frame in self._page.frames:
            if frame not in self._lines and len(self._lines) < _MAX_LINES:
                # It is refused for a frame of its parent's process, which is heard there.
                with suppress(PlaywrightError):
                    await self._join(frame, frame)
        places = [Place(line, context) for line in self._lines.values() for context in line.contexts]
        told = [
            (place, await place.line.call(place.context, "globalThis.tickqlDiscover?.report()")) for place in places
        ]
        return [(place, report) for place, report in told if isinstance(report, str)]

    async def _join(self, frame: Frame, target: Page | Frame) -> None:
        line = _Line(await self._page.context.new_cdp_session(target))
        self._lines[frame] = line
        line.session.on("close", partial(self._leave, frame))
        await line.open()

    def _leave(self, frame: Frame, _: Any) -> None:
        self._lines.pop(frame, None)


class _Line:
    """One process of the page: the page's own, or that of a frame of another site."""

    def __init__(self, session: CDPSession) -> None:
        self.session = session
        self.contexts: list[int] = []
        session.on("Runtime.executionContextCreated", self._on_created)
        session.on("Runtime.executionContextDestroyed", self._on_destroyed)
        session.on("Runtime.executionContextsCleared", lambda _: self.contexts.clear())

    async def open(self) -> None:
        await self.session.send("Page.enable")
        await self.session.send("Runtime.enable")
        await self.session.send(
            "Page.addScriptToEvaluateOnNewDocument",
            {"source": _source(), "worldName": _WORLD, "runImmediately": True},
        )

    async def call(self, context: int, expression: str) -> Any:
        given = {"expression": expression, "contextId": context, "returnByValue": True, "silent": True}
        with suppress(PlaywrightError):
            answer = await self.session.send("Runtime.evaluate", given, timeout=_CALL_MS)
            return answer["result"].get("value")
        return None

    async def open_roots(self, context: int) -> None:
        with suppress(PlaywrightError):
            await expose_closed_roots(self.session, context, _OPEN_ROOTS)

    def _on_created(self, event: dict[str, Any]) -> None:
        context = event.get("context", {})
        if context.get("name") == _WORLD:
            self.contexts.append(context["id"])

    def _on_destroyed(self, event: dict[str, Any]) -> None:
        with suppress(ValueError):
            self.contexts.remove(event.get("executionContextId", 0))


@cache
def _source() -> str:
    """The collector's parts put together; elements are read as the observer reads them."""
    parts = {name: _text(_FOLDER / f"{name}.js") for name in ("roots", "spots", "noticing", "telling")}
    parts["reading"] = _text(_OBSERVER / "reading.js")
    made = ",\n".join(f"{name}: {text}" for name, text in parts.items())
    return f"({_text(_FOLDER / 'collector.js')})({{{made}}})"


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip()
