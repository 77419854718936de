import { expect, test } from "vitest";

import { ordered } from "./order.ts";
import type { SortKey } from "./order.ts";
import { QuoteRow } from "./quote-row.ts";

function row(symbol: string, seq: number, last: string | null): QuoteRow {
  const made = new QuoteRow(symbol);
  const timestamp = new Date(seq * 1_000).toISOString();
  const tick = { symbol, cursor: `${symbol}:1-${String(seq)}`, timestamp, last };
  made.take({ bid: null, ask: null, gap: null, ...tick });
  return made;
}

const ROWS = [row("NQ", 1, "21000.25"), row("ES", 2, "6102.50"), row("EUR/USD", 3, null), row("es2", 4, "9.5")];
const NONE: ReadonlySet<string> = new Set();

function order(key: SortKey, isDescending = false, filter = "", pinned = NONE): readonly string[] {
  return ordered(ROWS, { key, isDescending }, filter, pinned);
}

test("symbols are sorted by name in either direction", () => {
  expect(order("symbol")).toEqual(["ES", "es2", "EUR/USD", "NQ"]);
  expect(order("symbol", true)).toEqual(["NQ", "EUR/USD", "es2", "ES"]);
});

test("prices are compared as numbers, and symbols without one come last", () => {
  expect(order("last")).toEqual(["es2", "ES", "NQ", "EUR/USD"]);
  expect(order("last", true)).toEqual(["NQ", "ES", "es2", "EUR/USD"]);
});

test("the youngest tick has the lowest age", () => {
  expect(order("age")).toEqual(["es2", "EUR/USD", "ES", "NQ"]);
});

test("a filter finds symbols by any part of their name", () => {
  expect(order("symbol", false, " Es ")).toEqual(["ES", "es2"]);
  expect(order("symbol", false, "/")).toEqual(["EUR/USD"]);
});

test("pinned symbols come first, sorted among themselves", () => {
  expect(order("symbol", false, "", new Set(["NQ", "es2"]))).toEqual(["es2", "NQ", "ES", "EUR/USD"]);
});
