import { expect, test } from "vitest";

import { Trend, TREND_POINTS } from "./trend.ts";

test("a trend keeps the first price, the latest price and a bounded number of samples at equal steps", () => {
  const trend = new Trend();
  for (let call = 0; call < 10_000; call += 1) {
    trend.note(call, call * 500);
  }
  expect(trend.length).toBeLessThanOrEqual(TREND_POINTS);
  expect(trend.length).toBeGreaterThanOrEqual(TREND_POINTS / 2);
  expect(trend.samples[0]).toBe(0);
  expect(trend.latest).toBe(9_999);
  const samples = [...trend.samples.slice(0, trend.length)];
  const steps = samples.slice(1).map((sample, index) => sample - (samples[index] ?? 0));
  expect(new Set(steps).size).toBe(1);
});

test("prices within a step add no sample", () => {
  const trend = new Trend();
  trend.note(1, 0);
  trend.note(2, 10);
  expect([trend.length, trend.samples[0], trend.latest]).toEqual([1, 1, 2]);
});
