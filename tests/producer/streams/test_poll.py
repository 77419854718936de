"""`poll = true`: changes that no mutation announces."""

import asyncio

import pytest

from tests.support.watching import Watching

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.long]

# A script chooses what a slot shows: no mutation observer is notified.
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
BODY = f"<div id=es>{''.join(f'<b>{n}</b>' for n in range(10))}</div>"
ES = '[[symbol]]\nname = "ES"\nlast = "#es"\n'


@pytest.mark.brief
async def test_a_change_without_a_mutation_is_found_by_polling(watch: Watching) -> None:
    polled, swept = await asyncio.gather(watch(SLOTTED, f"{ES}poll = true", body=BODY), watch(SLOTTED, ES, body=BODY))
    for board in (polled, swept):
        await board.until_last("0")
    await asyncio.gather(polled.run("show()"), swept.run("show()"))
    for board in (polled, swept):
        await board.until_last("9")
    assert polled.lasts() == [str(n) for n in range(10)]
    assert len(swept.lasts()) < 8
