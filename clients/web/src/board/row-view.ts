import { difference, percent, unchangedLength } from "../prices/decimal.ts";
import { ageText } from "./age.ts";
import type { MovingPrice, QuoteRow } from "./quote-row.ts";
import { TrendLine } from "./trend-line.ts";

const NONE = "–";
const ARROWS = { "-1": "▼", "0": "", "1": "▲" } as const;
const WAYS = { "-1": "down", "0": "", "1": "up" } as const;
/** After this long without a tick the digits that changed are no longer emphasised. */
const FRESH_MS = 2_000;

/** Finds an element of a row by its `data-cell`. */
function part(root: HTMLElement, name: string): HTMLElement {
  const found = root.querySelector<HTMLElement>(`[data-cell="${name}"]`);
  if (found === null) {
    throw new Error(`a row has no cell ${name}`);
  }
  return found;
}

/** A text that is written only when it has changed. */
class TextCell {
  readonly #text = document.createTextNode("");
  #shown = "";

  constructor(element: HTMLElement) {
    element.replaceChildren(this.#text);
  }

  set(text: string): void {
    if (text !== this.#shown) {
      this.#shown = text;
      this.#text.data = text;
    }
  }
}

/** A price: an arrow for its last move, the digits that stayed, and the digits that changed. */
class PriceCell {
  readonly #cell: HTMLElement;
  readonly #arrow: TextCell;
  readonly #stayed: TextCell;
  readonly #changed: TextCell;
  #way = "";
  #shown: string | null = null;

  constructor(row: HTMLElement, name: string) {
    this.#cell = part(row, name);
    this.#arrow = new TextCell(part(this.#cell, "arrow"));
    this.#stayed = new TextCell(part(this.#cell, "stayed"));
    this.#changed = new TextCell(part(this.#cell, "changed"));
  }

  paint(price: MovingPrice): void {
    const text = price.text ?? NONE;
    if (text === this.#shown) {
      return;
    }
    this.#shown = text;
    const stayed = price.before === null || price.text === null ? text.length : unchangedLength(price.before, text);
    this.#stayed.set(text.slice(0, stayed));
    this.#changed.set(text.slice(stayed));
    this.#arrow.set(ARROWS[price.moved]);
    const way = WAYS[price.moved];
    if (way !== this.#way) {
      this.#way = way;
      this.#cell.dataset.way = way;
    }
  }
}

/** Writes the values of one symbol directly into the cells of its row, or of its page. A trend may be missing. */
export class RowView {
  readonly #row: HTMLElement;
  readonly #bid: PriceCell;
  readonly #ask: PriceCell;
  readonly #last: PriceCell;
  readonly #spread: TextCell;
  readonly #change: TextCell;
  readonly #percent: TextCell;
  readonly #rate: TextCell;
  readonly #age: TextCell;
  readonly #note: TextCell;
  readonly #changeCell: HTMLElement;
  readonly #trend: TrendLine | null;

  constructor(row: HTMLElement) {
    this.#row = row;
    this.#bid = new PriceCell(row, "bid");
    this.#ask = new PriceCell(row, "ask");
    this.#last = new PriceCell(row, "last");
    this.#spread = new TextCell(part(row, "spread"));
    this.#changeCell = part(row, "change");
    this.#change = new TextCell(part(row, "change-amount"));
    this.#percent = new TextCell(part(row, "change-percent"));
    this.#rate = new TextCell(part(row, "rate"));
    this.#age = new TextCell(part(row, "age"));
    this.#note = new TextCell(part(row, "note"));
    const trend = row.querySelector("[data-cell=trend]");
    this.#trend = trend === null ? null : new TrendLine(trend);
  }

  /** Shows what a tick or a new state has changed. */
  paint(row: QuoteRow): void {
    this.#bid.paint(row.bid);
    this.#ask.paint(row.ask);
    this.#last.paint(row.last);
    this.#spread.set(row.spread ?? NONE);
    this.#paintChange(row);
    this.#attribute("state", (row.status?.state ?? "").toLowerCase());
    this.#attribute("gap", row.hasGap ? "yes" : "");
    this.#note.set(noteOf(row));
  }

  /** Shows what changes with time alone. `nowMs`: by the server's clock. */
  paintTime(row: QuoteRow, nowMs: number): void {
    const perSecond = row.rate.perSecond;
    this.#rate.set(perSecond === null ? NONE : perSecond.toFixed(1));
    const ageMs = row.tickAtMs === null ? null : nowMs - row.tickAtMs;
    this.#age.set(ageMs === null ? NONE : ageText(ageMs));
    this.#attribute("fresh", ageMs !== null && ageMs < FRESH_MS ? "yes" : "");
    this.#trend?.draw(row.trend);
  }

  #paintChange({ opening, price }: QuoteRow): void {
    if (opening === null || price === null) {
      this.#change.set(NONE);
      this.#percent.set("");
      return;
    }
    const change = difference(opening, price);
    this.#change.set(change);
    this.#percent.set(percent(opening, price) ?? "");
    const way = change.startsWith("+") ? "up" : change.startsWith("−") ? "down" : "";
    if (this.#changeCell.dataset.way !== way) {
      this.#changeCell.dataset.way = way;
    }
  }

  #attribute(name: string, value: string): void {
    if (this.#row.dataset[name] !== value) {
      this.#row.dataset[name] = value;
    }
  }
}

/** Returns what is said beside the symbol; empty while all is well. */
function noteOf(row: QuoteRow): string {
  const state = row.status?.state;
  if (state === "STALE" || state === "DOWN") {
    return "stale";
  }
  if (row.hasGap) {
    return row.lost > 0 ? `gap ${String(row.lost)}` : "gap";
  }
  return state === "QUIET" ? "quiet" : "";
}
