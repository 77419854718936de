import { parse } from "graphql";
import { describe, expect, it } from "vitest";

import { resumeOf } from "./resume.ts";

const resume = (text: string) => resumeOf(parse(text));

describe("resumeOf", () => {
  it("finds the variable and the cursor under whatever names the document gives them", () => {
    const found = resume('subscription ($from: ID) { es: ticks(symbol: "ES", after: $from) { symbol at: cursor } }');
    expect(found?.variable).toBe("from");
    expect(found?.cursorOf({ es: { symbol: "ES", at: "ES:1-2" } })).toBe("ES:1-2");
  });

  it("finds the cursor in fragments", () => {
    const found = resume(`
      subscription ($after: ID) { ticks(symbol: "ES", after: $after) { ...Prices } }
      fragment Prices on Tick { bid ... on Tick { ...Place } }
      fragment Place on Tick { cursor }
    `);
    expect(found?.cursorOf({ ticks: { bid: null, cursor: "ES:1-2" } })).toBe("ES:1-2");
  });

  it("has nothing to do for subscriptions that begin with the present state", () => {
    expect(resume("subscription { board { symbol bid } }")).toBeUndefined();
    expect(resume("subscription { feedStatus { state } }")).toBeUndefined();
    expect(resume('subscription { ticks(symbol: "ES", maxHz: 5) { symbol bid } }')).toBeUndefined();
  });

  it("refuses a subscription to every tick that could not continue", () => {
    expect(() => resume('subscription { ticks(symbol: "ES") { cursor } }')).toThrow("after: $after");
    expect(() => resume('subscription ($after: ID) { ticks(symbol: "ES", after: $after) { bid } }')).toThrow("cursor");
  });
});
