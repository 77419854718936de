import { expect, test } from "vitest";

import { paths } from "./trend-line.ts";
import { Trend } from "./trend.ts";

function trendOf(...prices: readonly number[]): Trend {
  const trend = new Trend();
  prices.forEach((price, index) => {
    trend.note(price, index * 500);
  });
  return trend;
}

test("a trend is drawn from its lowest to its highest price, with a line at its first", () => {
  expect(paths(trendOf(5, 10, 0, 10))).toEqual({
    opening: "M0 10.0H100",
    course: "M0.0 10.0L25.0 0.0L50.0 20.0L75.0 0.0L100 0.0",
    end: "M100 0.0h0.01",
  });
});

test("a price that does not move is drawn in the middle, and none is not drawn", () => {
  expect(paths(trendOf(5, 5)).course).toBe("M0.0 10.0L50.0 10.0L100 10.0");
  expect(paths(trendOf()).course).toBe("");
});
