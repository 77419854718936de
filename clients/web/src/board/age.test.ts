import { expect, test } from "vitest";

import { ageText } from "./age.ts";

test.each([
  [0, "<1 s"],
  [-5_000, "<1 s"],
  [1_999, "1 s"],
  [99_000, "99 s"],
  [180_000, "3 min"],
  [7_200_000, "2 h"],
  [432_000_000, "5 d"],
])("an age of %d ms is %s", (ms, text) => {
  expect(ageText(ms)).toBe(text);
});
