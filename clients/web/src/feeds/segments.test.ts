import { describe, expect, it } from "vitest";

import { HOUR_MS, marks, segments, subject } from "./segments.ts";
import type { FeedFile } from "./states.ts";

const NOW = Date.parse("2026-01-01T12:00:00Z");
const at = (minutes: number): string => new Date(NOW - HOUR_MS + minutes * 60_000).toISOString();
const event = (minutes: number, state: FeedFile["state"], symbol: string | null = null, others = 0) => ({
  at: at(minutes),
  state,
  symbol,
  others,
  reason: null,
});
const file = (state: FeedFile["state"], sinceMinutes: number, events: FeedFile["events"]): FeedFile => ({
  name: "board",
  state,
  reason: null,
  since: at(sinceMinutes),
  reportedAt: at(60),
  symbols: [],
  events,
});
const shown = (given: FeedFile) => segments(given, NOW).map(({ state, from, to }) => [state, from, to]);

describe("segments", () => {
  it("fill the hour from the state before it", () => {
    expect(shown(file("LIVE", 45, [event(-200, "LIVE"), event(30, "STALE"), event(45, "LIVE")]))).toEqual([
      ["LIVE", 0, 0.5],
      ["STALE", 0.5, 0.75],
      ["LIVE", 0.75, 1],
    ]);
  });

  it("leave open what nobody has told", () => {
    expect(shown(file("STARTING", 54, []))).toEqual([
      [null, 0, 0.9],
      ["STARTING", 0.9, 1],
    ]);
  });

  it("end with a producer that has gone without a word", () => {
    expect(shown(file("SILENT", 45, [event(0, "LIVE")]))).toEqual([
      ["LIVE", 0, 0.75],
      ["SILENT", 0.75, 1],
    ]);
  });
});

describe("marks", () => {
  it("are the changes of symbols within the hour", () => {
    const given = file("LIVE", 0, [event(0, "LIVE"), event(-5, "MISSING", "NQ"), event(15, "MISSING", "ES", 2)]);
    expect(marks(given, NOW).map(({ at: share, what }) => [share, what])).toEqual([[0.25, "ES and 2 more"]]);
    expect(subject({ symbol: null, others: 0 })).toBe("the page");
  });
});
