"""`poll = true`: what changes without the page telling of it."""

import pytest

from tests.streams.conftest import Watching

pytestmark = pytest.mark.asyncio(loop_scope="session")

# What a slot shows is chosen by script: no observer is told of it.
SLOTTED = """
const root = es.attachShadow({ mode: "open", slotAssignment: "manual" });
const slot = root.appendChild(document.createElement("slot"));
slot.assign(es.firstElementChild);
window.show = async () => {
  for (const price of es.children) {
    slot.assign(price);
    await new Promise((done) => setTimeout(done, 120));
  }
};"""
BODY = f"<div id=es>{''.join(f'<b>{n}</b>' for n in range(15))}</div>"
ES = '[[symbol]]\nname = "ES"\nlast = "#es"\n'


async def test_what_no_observer_is_told_of_is_caught_by_polling(watch: Watching) -> None:
    board = await watch(SLOTTED, f"{ES}poll = true", body=BODY)
    await board.until_last("0")
    await board.run("show()")
    await board.until_last("14")
    assert board.lasts() == [str(n) for n in range(15)]


async def test_without_polling_only_the_sweep_finds_it(watch: Watching) -> None:
    board = await watch(SLOTTED, ES, body=BODY)
    await board.until_last("0")
    await board.run("show()")
    await board.until_last("14")
    assert len(board.lasts()) < 12
