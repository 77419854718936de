import type { ServerClock } from "../clock/server-clock.ts";
import type { BoardStore } from "./board-store.ts";
import { RowView } from "./row-view.ts";

/** How often ages, rates and trends are painted. */
const TIME_STEP_MS = 500;

/**
 * Paints the rows that are on the screen: values once a frame if ticks have arrived, ages and trends twice a second.
 * Ticks pass neither through a cache nor through a render of components.
 */
export class Painter {
  readonly #store: BoardStore;
  readonly #clock: ServerClock;
  readonly #isConnected: () => boolean;
  readonly #views = new Map<string, RowView>();
  #isScheduled = false;

  /** `isConnected`: whether ticks can arrive. While they cannot, trends stand still. */
  constructor(store: BoardStore, clock: ServerClock, isConnected: () => boolean) {
    this.#store = store;
    this.#isConnected = isConnected;
    this.#clock = clock;
    store.onChange(() => {
      this.#schedule();
    });
    setInterval(() => {
      this.#paintTime();
    }, TIME_STEP_MS);
  }

  /** Keeps a symbol's row painted. Returns a function that ends this. */
  mount(symbol: string, element: HTMLElement): () => void {
    const view = new RowView(element);
    this.#views.set(symbol, view);
    const row = this.#store.rows.get(symbol);
    if (row !== undefined) {
      view.paint(row);
      view.paintTime(row, this.#clock.now());
    }
    return () => {
      if (this.#views.get(symbol) === view) {
        this.#views.delete(symbol);
      }
    };
  }

  #schedule(): void {
    if (!this.#isScheduled) {
      this.#isScheduled = true;
      requestAnimationFrame(() => {
        this.#isScheduled = false;
        this.#paint();
      });
    }
  }

  #paint(): void {
    for (const row of this.#store.changed) {
      this.#views.get(row.symbol)?.paint(row);
    }
    this.#store.changed.clear();
  }

  #paintTime(): void {
    if (this.#isConnected()) {
      this.#noteTrends();
    }
    const serverNowMs = this.#clock.now();
    for (const [symbol, view] of this.#views) {
      const row = this.#store.rows.get(symbol);
      if (row !== undefined) {
        view.paintTime(row, serverNowMs);
      }
    }
  }

  #noteTrends(): void {
    const nowMs = performance.now();
    for (const row of this.#store.rows.values()) {
      if (row.value !== null) {
        row.trend.note(row.value, nowMs);
      }
    }
  }
}
