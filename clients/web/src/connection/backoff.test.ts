import { expect, test } from "vitest";

import { pauseMs } from "./backoff.ts";

test("pauses grow up to a limit, and are random within a half of it", () => {
  const longest = [0, 1, 2, 3, 4, 5, 50].map((failed) => pauseMs(failed, () => 1));
  expect(longest).toEqual([250, 500, 1_000, 2_000, 4_000, 5_000, 5_000]);
  expect(pauseMs(3, () => 0)).toBe(1_000);
});
