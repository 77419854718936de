"""Where the prices of a page are, and what on it must not be seen: of all its frames together, in CSS pixels."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from playwright.async_api import Error as PlaywrightError

from tickql.feed.page_view import NotSeen
from tickql.producer.browser.secret_scope import SecretScope
from tickql.producer.capture.cdp_channel import CdpChannel
from tickql.producer.capture.messages import Heartbeat
from tickql.producer.capture.observer_client import ObserverClient
from tickql.producer.view.rectangle import Rectangle, Shift

Key = tuple[int, str, str]
"""Index of the rule, what the page shows as symbol, and `ask`, `bid` or `last`."""

_INNER_EDGE_JS = """(frame) => {
  const style = getComputedStyle(frame);
  return [frame.clientLeft + parseFloat(style.paddingLeft), frame.clientTop + parseFloat(style.paddingTop)];
}"""
_MIN_SECRET_CHARACTERS = 3
"""A shorter text is on every page in many places that have nothing to do with it."""


@dataclass(slots=True)
class PageGeometry:
    """Rectangles of the viewport of a page."""

    width: int = 1
    height: int = 1
    """Down to the end of the page, or of the viewport."""
    boxes: dict[Key, Rectangle] = field(default_factory=dict)
    """Around the elements that prices are read from, as far as they are in the viewport."""
    covered: list[Rectangle] = field(default_factory=list)
    """What must not be seen."""
    is_filled_in: bool = False
    """Whether a field for a password has a value."""

    def is_settled(self, before: "PageGeometry") -> bool:
        """Return whether what must not be seen is where it was before."""
        pairs = zip(self.covered, before.covered, strict=False)
        return len(self.covered) == len(before.covered) and all(one.is_near(two) for one, two in pairs)


async def measure(
    observer: ObserverClient, heartbeats: Mapping[int, Heartbeat], secrets: Sequence[str], scope: SecretScope
) -> PageGeometry:
    """Measure a page. A frame that cannot be asked is covered: nobody knows what it shows.

    `heartbeats`: of the frames that answer. `scope`: which frames may get the secrets; others cannot have them.

    Raises:
        NotSeen: the page itself does not answer.
    """
    found = PageGeometry()
    frames: list[tuple[Rectangle, Rectangle]] = []
    asked: list[Rectangle] = []
    # The page itself comes first: it is the largest.
    for context, heartbeat in sorted(heartbeats.items(), key=lambda each: not each[1].top):
        may_have = scope.allows_address(heartbeat.href)
        hidden = [each for each in secrets if len(each) >= _MIN_SECRET_CHARACTERS] if may_have else []
        try:
            answer = await _ask(observer, context, hidden)
            shift = Shift() if heartbeat.top else await _shift(observer, context, Rectangle.of(answer["root"]))
            _add(found, answer, shift.apply, is_top=heartbeat.top)
            frames += [(shift.apply(Rectangle.of(a)), shift.apply(Rectangle.of(b))) for a, b in answer["frames"]]
            if not heartbeat.top:
                asked.append(shift.apply(Rectangle.of([0, 0, *answer["size"]])))
        except (PlaywrightError, ValueError, TypeError, KeyError, IndexError) as error:
            if heartbeat.top:
                raise NotSeen("the page does not answer") from error
    found.covered += [outer for inner, outer in frames if not any(inner.is_near(each) for each in asked)]
    return found


async def _ask(observer: ObserverClient, context: int, secrets: Sequence[str]) -> dict[str, Any]:
    answer = await _channel(observer, context).ask(context, f"({_script()})({orjson.dumps(secrets).decode()})")
    if not isinstance(answer, dict):
        raise TypeError("not an answer")
    return answer


def _channel(observer: ObserverClient, context: int) -> CdpChannel:
    channel = observer.channel(context)
    if channel is None:
        raise ValueError("the frame is gone")
    return channel


async def _shift(observer: ObserverClient, context: int, root: Rectangle) -> Shift:
    """Return where a frame is. `root`: its root element, as the frame itself sees it."""
    channel = _channel(observer, context)
    left, top, right, *_ = await channel.root_quad(context)
    scale = (right - left) / root.width if root.width else 1.0
    x, y = left - scale * root.x, top - scale * root.y
    frame = observer.frame_of(channel)
    if frame is None:
        return Shift(scale, x, y)
    # The numbers of this channel are those of a frame with a process of its own.
    owner = await frame.frame_element()
    box, edge = await owner.bounding_box(), await owner.evaluate(_INNER_EDGE_JS)
    if box is None:
        raise ValueError("the frame is not shown")
    return Shift(scale, box["x"] + edge[0] + x, box["y"] + edge[1] + y)


def _add(found: PageGeometry, answer: dict[str, Any], place: Callable[[Rectangle], Rectangle], *, is_top: bool) -> None:
    if is_top:
        found.width, high = (max(1, int(each)) for each in answer["size"])
        found.height = max(1, min(high, int(answer["bottom"]) + 1))
    if answer["hasTooMuch"]:
        raise NotSeen("the page has too many filled-in fields to cover them all")
    for rule, symbol, price, numbers in answer["boxes"]:
        key, box = (int(rule), str(symbol), str(price)), place(Rectangle.of(numbers))
        # A price of two elements, such as a number and its fraction, or of two copies.
        found.boxes[key] = found.boxes[key].around(box) if key in found.boxes else box
    found.covered += [place(Rectangle.of(numbers)) for numbers in answer["covered"]]
    found.is_filled_in = found.is_filled_in or bool(answer["isFilledIn"])


@cache
def _script() -> str:
    return Path(__file__).with_name("geometry.js").read_text(encoding="utf-8").strip()
