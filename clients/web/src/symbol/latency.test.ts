import { expect, test } from "vitest";

import { Latency } from "./latency.ts";

test("quantiles are of the newest ticks", () => {
  const latency = new Latency();
  expect(latency.quantile(0.5)).toBeNull();
  for (let ms = 1; ms <= 100; ms += 1) {
    latency.note(ms);
  }
  expect([latency.quantile(0.5), latency.quantile(0.95), latency.quantile(1)]).toEqual([51, 96, 100]);
  for (let tick = 0; tick < 512; tick += 1) {
    latency.note(7);
  }
  expect(latency.quantile(1)).toBe(7);
});
