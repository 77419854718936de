import { expect, test } from "vitest";

import { ServerClock } from "./server-clock.ts";

const NOON = Date.UTC(2026, 0, 1, 12);
const HOUR = 3_600_000;

function clockAhead(aheadMs: number): { clock: ServerClock; at: (ms: number) => void } {
  let nowMs = NOON + aheadMs;
  return { clock: new ServerClock(() => nowMs), at: (ms) => (nowMs = NOON + aheadMs + ms) };
}

test("a clock that agrees is left alone, also when ticks take a while", () => {
  const { clock, at } = clockAhead(0);
  clock.noteDate(NOON - 1_500, NOON - 20, NOON);
  at(40);
  clock.noteSent(NOON);
  expect(clock.offset).toEqual({ offsetMs: 0, isWrong: false });
});

test.each([HOUR, -HOUR])("a clock that is wrong by %d ms is corrected to the latency of a tick", (aheadMs) => {
  const { clock, at } = clockAhead(aheadMs);
  clock.noteDate(NOON - 500, NOON + aheadMs - 20, NOON + aheadMs);
  at(5);
  clock.noteSent(NOON);
  expect(clock.offset).toEqual({ offsetMs: aheadMs + 5, isWrong: true });
  expect(clock.now()).toBe(NOON);
});

test("an old tick alone does not look like a wrong clock", () => {
  const { clock } = clockAhead(0);
  clock.noteSent(NOON - 24 * HOUR);
  expect(clock.offset.isWrong).toBe(false);
});

test("a clock that is set while the page is open is corrected after a while", () => {
  const { clock, at } = clockAhead(0);
  clock.noteSent(NOON);
  clock.noteDate(NOON, NOON, NOON);
  for (const step of [31_000, 62_000, 93_000]) {
    at(HOUR + step);
    clock.noteSent(NOON + step);
    clock.noteDate(NOON + step, NOON + HOUR + step, NOON + HOUR + step);
  }
  expect(clock.offset).toEqual({ offsetMs: HOUR, isWrong: true });
});
