"""The Python side of the collector: installs its JavaScript in all frames of a page, and reads its reports.

The JavaScript runs in an isolated world, which the page cannot see; calls go over the DevTools protocol (CDP).
"""

from collections.abc import Sequence
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from playwright.async_api import CDPSession, Frame, Page
from playwright.async_api import Error as PlaywrightError

from tickql.producer.capture.closed_shadow_roots import expose_closed_roots
from tickql.producer.capture.observer.script import READING_PARTS, part_source
from tickql.producer.discover.page.outline import Outline

_WORLD_NAME = "tickql-discover"
_OPEN_ROOTS = "(...roots) => tickqlDiscover.openRoots(...roots)"
# A report walks the whole document: on a large page and a busy machine that takes seconds.
_CALL_MS = 10_000
_FOLDER = Path(__file__).parent
# A page can hold frames of any number of other sites: each costs a session.
_MAX_SESSIONS = 50


class FrameContext(NamedTuple):
    """The collector in one document of one frame."""

    session: "_Session"
    context: int
    """The execution context's id in this session."""


FrameOutlines = list[tuple[FrameContext, Outline]]
"""The outline of each frame, the page itself first."""


class Collector:
    """The collectors in all frames of one page, from before its first navigation."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._sessions: dict[Frame, _Session] = {}

    @classmethod
    async def open(cls, page: Page) -> "Collector":
        """Install the collector in a page that has not navigated yet."""
        collector = cls(page)
        await collector._attach(page.main_frame, page)
        return collector

    async def outlines(self) -> FrameOutlines:
        """Return the current outline of each frame. A frame that disappears meanwhile is left out."""
        outlines = [(place, Outline.decode(report)) for place, report in await self._reports()]
        for place, outline in outlines:
            if outline.has_closed_roots:
                await place.session.open_roots(place.context)
        return sorted(outlines, key=lambda each: not each[1].is_top)

    async def reports(self) -> list[str]:
        """Return the report of each frame, not decoded."""
        return [report for _, report in await self._reports()]

    async def texts(self, place: FrameContext, spots: Sequence[int]) -> dict[int, list[str]]:
        """Return the texts, at most 500 each, that these spots of a frame have shown; empty: the frame is gone."""
        answer = await place.session.call(place.context, f"tickqlDiscover.texts({list(spots)})")
        return {int(spot): texts for spot, texts in orjson.loads(answer or "{}").items()}

    async def draw_boxes(self, place: FrameContext, boxes: list[tuple[int, str, str]]) -> None:
        """Draw boxes in a frame: the spot's id, a label and a CSS colour for each."""
        await place.session.call(place.context, f"tickqlDiscover.drawBoxes({orjson.dumps(boxes).decode()})")

    async def _reports(self) -> list[tuple[FrameContext, str]]:
        for frame in self._page.frames:
            if frame not in self._sessions and len(self._sessions) < _MAX_SESSIONS:
                # Playwright refuses a session for a frame in its parent's process; the parent's session covers it.
                with suppress(PlaywrightError):
                    await self._attach(frame, frame)
        places = [FrameContext(session, context) for session in self._sessions.values() for context in session.contexts]
        reports = [
            (place, await place.session.call(place.context, "globalThis.tickqlDiscover?.report()")) for place in places
        ]
        return [(place, report) for place, report in reports if isinstance(report, str)]

    async def _attach(self, frame: Frame, target: Page | Frame) -> None:
        session = _Session(await self._page.context.new_cdp_session(target))
        self._sessions[frame] = session
        session.cdp.on("close", partial(self._on_close, frame))
        await session.open()

    def _on_close(self, frame: Frame, _: Any) -> None:
        self._sessions.pop(frame, None)


class _Session:
    """The collectors in one process of the page: the page's own, or that of a frame of another site."""

    def __init__(self, cdp: CDPSession) -> None:
        self.cdp = cdp
        self.contexts: list[int] = []
        cdp.on("Runtime.executionContextCreated", self._on_created)
        cdp.on("Runtime.executionContextDestroyed", self._on_destroyed)
        cdp.on("Runtime.executionContextsCleared", lambda _: self.contexts.clear())

    async def open(self) -> None:
        await self.cdp.send("Page.enable")
        await self.cdp.send("Runtime.enable")
        await self.cdp.send(
            "Page.addScriptToEvaluateOnNewDocument",
            {"source": _source(), "worldName": _WORLD_NAME, "runImmediately": True},
        )

    # A timeout is no error: a frame that hangs is left out of this round, and may answer in the next one.
    async def call(self, context: int, expression: str) -> Any:
        """Evaluate an expression; `None`: the document is gone, or does not answer in time."""
        params = {"expression": expression, "contextId": context, "returnByValue": True, "silent": True}
        with suppress(PlaywrightError):
            answer = await self.cdp.send("Runtime.evaluate", params, timeout=_CALL_MS)
            return answer["result"].get("value")
        return None

    async def open_roots(self, context: int) -> None:
        with suppress(PlaywrightError):
            await expose_closed_roots(self.cdp, context, _OPEN_ROOTS)

    def _on_created(self, event: dict[str, Any]) -> None:
        context = event.get("context", {})
        if context.get("name") == _WORLD_NAME:
            self.contexts.append(context["id"])

    def _on_destroyed(self, event: dict[str, Any]) -> None:
        with suppress(ValueError):
            self.contexts.remove(event.get("executionContextId", 0))


@cache
def _source() -> str:
    """Return the collector as one script. It reads elements with the observer's own parts."""
    reading = _object({name: part_source(name) for name in READING_PARTS})
    parts = {name: _text(_FOLDER / f"{name}.js") for name in ("shadow_roots", "spots", "changes", "report")}
    return f"({_text(_FOLDER / 'collector.js')})({_object({**parts, 'reading': reading})})"


def _object(parts: dict[str, str]) -> str:
    return "{" + ",\n".join(f"{name}: {text}" for name, text in parts.items()) + "}"


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip()
