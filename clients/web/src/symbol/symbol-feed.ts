import type { ApolloClient } from "@apollo/client";

import { isRefused, refusalOf } from "../app/refusal.ts";
import { Store } from "../app/store.ts";
import { placeOf } from "../board/cursor.ts";
import { SYMBOL_HISTORY, SYMBOL_TICKS } from "./operations.ts";
import type { SymbolTick } from "./operations.ts";

/** How many stored ticks are shown before the live ones: the most that one page of `history` has. */
const HISTORY_TICKS = 1_000;
const HISTORY_RETRY_MS = 2_000;
/** How many of the newest ticks are kept for the table. */
const KEPT_TICKS = 200;

/** What has arrived of a symbol since its page was opened, stored ticks included. */
export interface Tally {
  /** Null: the server has not said yet what it has stored. */
  readonly received: number | null;
  /** Ticks that the numbering says are missing. 0: none is. */
  readonly missing: number;
  /** Set when the server refuses the symbol. */
  readonly refusal: string | null;
}

export const NOTHING_YET: Tally = { received: null, missing: 0, refusal: null };

/**
 * The ticks of one symbol without a seam: the stored ones, then each live one behind the newest stored one. The
 * numbering is checked tick by tick.
 */
export class SymbolFeed {
  readonly tally = new Store<Tally>(NOTHING_YET);
  /** The newest ticks, the newest first. Changed in place. */
  readonly newest: SymbolTick[] = [];
  readonly #client: ApolloClient;
  readonly #symbol: string;
  readonly #onTicks: (ticks: readonly SymbolTick[], isLive: boolean) => void;
  #isClosed = false;
  #end: () => void = () => undefined;
  #epoch = "";
  #seq = 0;

  /** `onTicks` is called with the stored ticks, then with each live one. */
  constructor(client: ApolloClient, symbol: string, onTicks: (ticks: readonly SymbolTick[], isLive: boolean) => void) {
    this.#client = client;
    this.#symbol = symbol;
    this.#onTicks = onTicks;
    void this.#start();
  }

  close(): void {
    this.#isClosed = true;
    this.#end();
  }

  async #start(): Promise<void> {
    const stored = await this.#history();
    if (this.#isClosed) {
      return;
    }
    this.#take(stored, false);
    const after = stored.at(-1)?.cursor ?? null;
    const subscription = this.#client
      .subscribe({ query: SYMBOL_TICKS, variables: { symbol: this.#symbol, after }, fetchPolicy: "no-cache" })
      .subscribe(({ data, error }) => {
        if (data !== undefined) {
          this.#take([data.ticks], true);
        } else if (error !== undefined) {
          this.tally.set({ ...this.tally.get(), refusal: error.message });
        }
      });
    this.#end = () => {
      subscription.unsubscribe();
    };
  }

  /** Returns the stored ticks. Asks again until the server has answered. */
  async #history(): Promise<readonly SymbolTick[]> {
    for (;;) {
      try {
        const { data } = await this.#client.query({
          query: SYMBOL_HISTORY,
          variables: { symbol: this.#symbol, last: HISTORY_TICKS },
          fetchPolicy: "no-cache",
        });
        return data?.history.edges.map(({ node }) => node) ?? [];
      } catch (error) {
        if (isRefused(error)) {
          this.tally.set({ ...this.tally.get(), refusal: refusalOf(error) });
        }
        await new Promise((resolve) => setTimeout(resolve, HISTORY_RETRY_MS));
        if (this.#isClosed) {
          return [];
        }
      }
    }
  }

  #take(ticks: readonly SymbolTick[], isLive: boolean): void {
    let { missing } = this.tally.get();
    let received = this.tally.get().received ?? 0;
    for (const tick of ticks) {
      missing += this.#missingBefore(tick);
      received += 1;
      this.newest.unshift(tick);
    }
    this.newest.length = Math.min(this.newest.length, KEPT_TICKS);
    this.tally.set({ received, missing, refusal: null });
    if (ticks.length > 0) {
      this.#onTicks(ticks, isLive);
    }
  }

  /** Returns how many ticks are missing between the previous tick and this one. */
  #missingBefore(tick: SymbolTick): number {
    const { epoch, seq } = placeOf(tick.cursor);
    const jump = epoch === this.#epoch ? seq - this.#seq - 1 : 0;
    this.#epoch = epoch;
    this.#seq = seq;
    return Math.max(jump, tick.gap?.lost ?? 0);
  }
}
