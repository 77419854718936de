import { expect, test } from "vitest";

import { difference, direction, percent, unchangedLength } from "./decimal.ts";

test.each([
  ["6102.25", "6102.50", "+0.25"],
  ["6102.5", "6102.25", "−0.25"],
  ["1.08523", "1.08523", "0.00000"],
  ["9007199254740993", "9007199254740994", "+1"],
  ["-1.5", "-2", "−0.5"],
])("from %s to %s the difference is %s", (before, after, expected) => {
  expect(difference(before, after)).toBe(expected);
});

test.each([
  ["100", "101", "+1.00 %"],
  ["-100", "-101", "−1.00 %"],
  ["100", "100.001", "0.00 %"],
  ["0", "1", null],
])("from %s to %s that is %s", (before, after, expected) => {
  expect(percent(before, after)).toBe(expected);
});

test("directions compare all digits", () => {
  expect(direction("0.10000000000000000001", "0.10000000000000000002")).toBe(1);
  expect(direction("1.0", "1.00")).toBe(0);
});

test("the changed digits begin at the first that differs", () => {
  expect(unchangedLength("6102.25", "6102.50")).toBe(5);
  expect(unchangedLength("99.75", "100.00")).toBe(0);
});
