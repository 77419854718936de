import { expect, test } from "vitest";

import { TickRate } from "./tick-rate.ts";

test("the rate is the average over the completed seconds, at most the last nine", () => {
  const rate = new TickRate();
  rate.add(100);
  expect(rate.perSecond).toBeNull();
  rate.nextSecond();
  rate.add(50);
  expect(rate.perSecond).toBe(100);
  rate.nextSecond();
  expect(rate.perSecond).toBe(75);
  for (let second = 0; second < 9; second += 1) {
    rate.add(4);
    rate.nextSecond();
  }
  expect(rate.perSecond).toBe(4);
});
