import { Store } from "../app/store.ts";
import type { BoardStore } from "./board-store.ts";
import { BY_SYMBOL, isMoving, ordered, SORT_KEYS } from "./order.ts";
import type { Sorting, SortKey } from "./order.ts";

const PINS = "tickql.pins";
/** An order that follows the ticks changes at most this often, so that a row can be read. */
const REORDER_MS = 1_000;

/** What of the board is shown, in which order. Filter and sorting are in the page's address, pins in this browser. */
export class BoardView {
  readonly filter: Store<string>;
  readonly sorting: Store<Sorting>;
  readonly pinned: Store<ReadonlySet<string>>;
  readonly order = new Store<readonly string[]>([]);
  readonly #board: BoardStore;

  constructor(board: BoardStore) {
    this.#board = board;
    const address = new URLSearchParams(location.search);
    this.filter = new Store(address.get("q") ?? "");
    this.sorting = new Store(readSorting(address.get("sort")));
    this.pinned = new Store<ReadonlySet<string>>(readPins());
    for (const store of [board.symbols, this.filter, this.sorting, this.pinned]) {
      store.subscribe(this.refresh);
    }
    for (const store of [this.filter, this.sorting]) {
      store.subscribe(() => {
        this.#writeAddress();
      });
    }
    setInterval(() => {
      if (isMoving(this.sorting.get())) {
        this.refresh();
      }
    }, REORDER_MS);
  }

  /** Sorts by a column, or turns its direction around. */
  sortBy(key: SortKey): void {
    const { key: present, isDescending } = this.sorting.get();
    this.sorting.set({ key, isDescending: key === present ? !isDescending : key !== "symbol" && key !== "age" });
  }

  togglePin(symbol: string): void {
    const pinned = new Set(this.pinned.get());
    if (!pinned.delete(symbol)) {
      pinned.add(symbol);
    }
    localStorage.setItem(PINS, JSON.stringify([...pinned]));
    this.pinned.set(pinned);
  }

  readonly refresh = (): void => {
    const order = ordered(this.#board.rows.values(), this.sorting.get(), this.filter.get(), this.pinned.get());
    const before = this.order.get();
    if (order.length !== before.length || order.some((symbol, index) => symbol !== before[index])) {
      this.order.set(order);
    }
  };

  #writeAddress(): void {
    const address = new URL(location.href);
    const { key, isDescending } = this.sorting.get();
    setOrDelete(address.searchParams, "q", this.filter.get());
    setOrDelete(address.searchParams, "sort", key === "symbol" && !isDescending ? "" : (isDescending ? "-" : "") + key);
    history.replaceState(history.state, "", address);
  }
}

function setOrDelete(parameters: URLSearchParams, name: string, value: string): void {
  if (value === "") {
    parameters.delete(name);
  } else {
    parameters.set(name, value);
  }
}

function readSorting(text: string | null): Sorting {
  const key = SORT_KEYS.find((each) => each === text?.replace("-", ""));
  return key === undefined ? BY_SYMBOL : { key, isDescending: text?.startsWith("-") ?? false };
}

function readPins(): ReadonlySet<string> {
  try {
    const pins: unknown = JSON.parse(localStorage.getItem(PINS) ?? "[]");
    return new Set(Array.isArray(pins) ? pins.filter((each) => typeof each === "string") : []);
  } catch {
    return new Set();
  }
}
