import { numeric } from "./quote-row.ts";
import type { QuoteRow } from "./quote-row.ts";

export const SORT_KEYS = ["symbol", "bid", "ask", "last", "spread", "change", "rate", "age"] as const;
export type SortKey = (typeof SORT_KEYS)[number];

export interface Sorting {
  readonly key: SortKey;
  readonly isDescending: boolean;
}

export const BY_SYMBOL: Sorting = { key: "symbol", isDescending: false };

/** Whether the order changes with the ticks. */
export function isMoving({ key }: Sorting): boolean {
  return key !== "symbol";
}

/**
 * Returns the symbols to show: those that contain the filter's text, in order, the pinned ones first. Symbols without
 * a value come last in either direction.
 */
export function ordered(
  rows: Iterable<QuoteRow>,
  sorting: Sorting,
  filter: string,
  pinned: ReadonlySet<string>,
): readonly string[] {
  const wanted = filter.trim().toLocaleLowerCase();
  const shown = [...rows].filter((row) => row.symbol.toLocaleLowerCase().includes(wanted));
  const values = new Map(shown.map((row) => [row, valueOf(row, sorting.key)]));
  const sign = sorting.isDescending ? -1 : 1;
  shown.sort((a, b) => {
    const pins = Number(pinned.has(b.symbol)) - Number(pinned.has(a.symbol));
    return pins || sign * compare(values.get(a) ?? null, values.get(b) ?? null, sign) || bySymbol(a, b, sorting);
  });
  return shown.map((row) => row.symbol);
}

function bySymbol(a: QuoteRow, b: QuoteRow, { key, isDescending }: Sorting): number {
  return a.symbol.localeCompare(b.symbol) * (key === "symbol" && isDescending ? -1 : 1);
}

function compare(a: number | null, b: number | null, sign: number): number {
  if (a === null || b === null) {
    return sign * (Number(a === null) - Number(b === null));
  }
  return a - b;
}

function valueOf(row: QuoteRow, key: SortKey): number | null {
  switch (key) {
    case "symbol":
      return 0;
    case "bid":
    case "ask":
    case "last":
      return numeric(row[key].text);
    case "spread":
      return row.spreadValue;
    case "change":
      return relativeChange(row);
    case "rate":
      return row.rate.perSecond;
    case "age":
      return row.tickAtMs === null ? null : -row.tickAtMs;
  }
}

function relativeChange({ opening, value: to }: QuoteRow): number | null {
  const from = numeric(opening);
  return from === null || to === null || from === 0 ? null : (to - from) / Math.abs(from);
}
