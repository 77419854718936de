import { expect, test } from "vitest";

import { ResumingVariables } from "./resuming.ts";

test("the variables name the newest tick each time that they are written", () => {
  const resuming = new ResumingVariables({ symbol: "ES" });
  expect(JSON.parse(JSON.stringify(resuming.variables))).toEqual({ symbol: "ES" });
  resuming.note({ ticks: { cursor: "ES:1-7" } });
  expect(JSON.parse(JSON.stringify(resuming.variables))).toEqual({ symbol: "ES", after: "ES:1-7" });
  resuming.note({ board: [] });
  expect(resuming.variables.after).toBe("ES:1-7");
});
