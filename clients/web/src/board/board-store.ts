import { Store } from "../app/store.ts";
import type { BoardTick, FeedStatus } from "./operations.ts";
import { QuoteRow } from "./quote-row.ts";
import { TickRate } from "./tick-rate.ts";

/** The feed's state without the states of its symbols. */
export type FeedSummary = Omit<FeedStatus, "symbols">;

/**
 * All symbols of the feed. Ticks change the rows in place: what must be painted is in `changed`, and only a new symbol
 * or a new state lets components render again.
 */
export class BoardStore {
  readonly rows = new Map<string, QuoteRow>();
  /** The rows with ticks since the last frame. */
  readonly changed = new Set<QuoteRow>();
  /** Replaced when a symbol appears. */
  readonly symbols = new Store<readonly string[]>([]);
  /** Null until the server has told it. */
  readonly feed = new Store<FeedSummary | null>(null);
  /** Why the server does not send prices or states; null: it does. */
  readonly refusal = new Store<string | null>(null);
  /** Replaced when the state of a symbol changes. */
  readonly statuses = new Store<ReadonlyMap<string, QuoteRow>>(this.rows);
  /** Ticks of all symbols. */
  readonly rate = new TickRate();
  /** Ticks of the present second. */
  ticksThisSecond = 0;
  #onChange: () => void = () => undefined;

  /** Calls `listener` after each message with ticks. */
  onChange(listener: () => void): void {
    this.#onChange = listener;
  }

  /** Takes a message of the board. */
  take(ticks: readonly BoardTick[]): void {
    const known = this.rows.size;
    for (const tick of ticks) {
      const row = this.#row(tick.symbol);
      const count = row.take(tick);
      this.rate.add(count);
      this.ticksThisSecond += count;
      this.changed.add(row);
    }
    this.#announceNew(known);
    this.#onChange();
  }

  /** Takes the state of the feed and of its symbols. */
  takeStatus(status: FeedStatus): void {
    const known = this.rows.size;
    for (const each of status.symbols) {
      const row = this.#row(each.symbol);
      if (row.status?.state !== each.state || row.status.reason !== each.reason) {
        row.status = each;
        this.changed.add(row);
      }
    }
    const { state, reason, since } = status;
    this.feed.set({ state, reason: reason ?? null, since });
    this.#announceNew(known);
    this.statuses.set(new Map(this.rows));
    this.#onChange();
  }

  /** Begins the next second of all rates. Returns the number of ticks in the second before. */
  nextSecond(): number {
    const ticks = this.ticksThisSecond;
    this.ticksThisSecond = 0;
    this.rate.nextSecond();
    for (const row of this.rows.values()) {
      row.rate.nextSecond();
    }
    return ticks;
  }

  #row(symbol: string): QuoteRow {
    let row = this.rows.get(symbol);
    if (row === undefined) {
      row = new QuoteRow(symbol);
      this.rows.set(symbol, row);
    }
    return row;
  }

  #announceNew(known: number): void {
    if (this.rows.size !== known) {
      this.symbols.set([...this.rows.keys()].sort((a, b) => a.localeCompare(b)));
    }
  }
}
