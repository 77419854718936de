"""Pages of cells: several hundred in frames of their own, read by the observer's own parts."""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from playwright.async_api import Page

from tests.conformance.cells.cell import Cell
from tests.conformance.cells.hiding import STYLES
from tickql.producer.capture.observer.script import READING_PARTS, part_source

COLUMNS = 8
WIDTH, HEIGHT = 220, 84

_HEAD = f"""<!doctype html><meta charset=utf-8><title>cells</title><style>
body {{ margin: 0; background: #fff; color: #111 }}
.frame {{ position: absolute; width: {WIDTH - 12}px; height: {HEIGHT - 8}px; padding: 4px 6px }}
ins {{ text-decoration: none }}
{STYLES}</style>"""

_READ = """(makers) => {
  const made = { MAX_CHARACTERS: 300 };
  for (const [name, make] of Object.entries(makers)) made[name] = make(made);
  const cells = [...document.querySelectorAll(".frame")].map((frame) => frame.querySelector(".cell"));
  return cells.map((cell) => made.element_text.read(cell, { read: "text" }));
}"""


_DRAWN = """new Promise(requestAnimationFrame)
  .then(() => Promise.all([document.fonts.ready, ...document.getAnimations().map(({ finished }) => finished)]))
  .then(() => new Promise(requestAnimationFrame))"""


def page_html(cells: Sequence[Cell]) -> str:
    """Return a page of cells, in rows of `COLUMNS`."""
    return _HEAD + "\n".join(_frame(number, cell.html) for number, cell in enumerate(cells))


async def show(page: Page, cells: Sequence[Cell]) -> None:
    """Show cells in a page, and wait until it is drawn. The window is as large as the page."""
    rows = -(-len(cells) // COLUMNS)
    await page.set_viewport_size({"width": COLUMNS * WIDTH, "height": rows * HEIGHT})
    await page.goto("about:blank")  # a new document: that of the page before may still be observed
    await page.set_content(page_html(cells))
    await page.evaluate(_DRAWN)


async def seen_texts(page: Page) -> list[str]:
    """Return the seen text of each cell of a page: what the observer would send."""
    texts: list[str] = await page.evaluate(f"({_READ})({_parts()})")
    return texts


class Changed(NamedTuple):
    """A cell that is read in two ways after some changes."""

    number: int
    changes: list[str]
    kept: str
    """Its seen text by the plan that the observer keeps."""
    fresh: str
    """Its seen text by a new plan."""
    html: str


async def changed_texts(page: Page, steps: int, seed: int) -> list[Changed]:
    """Change the cells of a page step by step. Returns where the observer's plan and a new one differ after a step."""
    script = (Path(__file__).parent / "changing.js").read_text(encoding="utf-8")
    return [Changed(*each) for each in await page.evaluate(f"({script})({_parts()}, {steps}, {seed})")]


def _frame(number: int, html: str) -> str:
    left, top = number % COLUMNS * WIDTH, number // COLUMNS * HEIGHT
    return f'<div class=frame style="left:{left}px;top:{top}px">{html}</div>'


@cache
def _parts() -> str:
    """Return the observer's parts that read, as a JavaScript object of functions."""
    adopted = "{ shadowOf: (node) => node.shadowRoot }"
    parts = [f"shadow_roots: () => ({adopted})", *(f"{name}: {part_source(name)}" for name in READING_PARTS)]
    return "{" + ",\n".join(parts) + "}"


def described(cell: Cell, seen: str) -> str:
    """Return a cell and its seen text for people."""
    return f"  {cell.html}\n  seen: {json.dumps(seen, ensure_ascii=False)}"
