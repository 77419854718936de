import { direction, mean, minus } from "../prices/decimal.ts";
import type { Decimal } from "../prices/decimal.ts";
import { placeOf } from "./cursor.ts";
import type { BoardTick, SymbolStatus } from "./operations.ts";
import { TickRate } from "./tick-rate.ts";
import { Trend } from "./trend.ts";

type Way = -1 | 0 | 1;

/** One price of a symbol, and the price before it. */
export class MovingPrice {
  text: Decimal | null = null;
  before: Decimal | null = null;
  #moved: Way = 0;
  #isJudged = true;

  set(text: Decimal | null): void {
    if (text !== this.text) {
      this.before = this.text;
      this.text = text;
      this.#isJudged = false;
    }
  }

  /** Which way it moved last. Compared when somebody asks: of thousands of symbols few are on the screen. */
  get moved(): Way {
    if (!this.#isJudged) {
      this.#isJudged = true;
      const [before, text] = [this.before, this.text];
      this.#moved = before === null || text === null ? 0 : direction(before, text) || this.#moved;
    }
    return this.#moved;
  }
}

/** What the board knows of one symbol. It is changed in place by each tick, and read when a frame is painted. */
export class QuoteRow {
  readonly bid = new MovingPrice();
  readonly ask = new MovingPrice();
  readonly last = new MovingPrice();
  readonly rate = new TickRate();
  readonly trend = new Trend();
  /** The first price since the page opened. */
  opening: Decimal | null = null;
  /** When the page showed the newest tick, as the server writes times; empty: there is no tick yet. */
  timestamp = "";
  /** How many ticks of the symbol could not be delivered since the page opened, where that is known. */
  lost = 0;
  hasGap = false;
  status: SymbolStatus | null = null;
  #epoch = "";
  #seq = 0;

  constructor(readonly symbol: string) {}

  /** The price of the last trade; where the page shows none, the middle of bid and ask. */
  get price(): Decimal | null {
    const [bid, ask] = [this.bid.text, this.ask.text];
    return this.last.text ?? (bid === null || ask === null ? null : mean(bid, ask));
  }

  /** The price as a number, for lines and sorting. */
  get value(): number | null {
    return numeric(this.last.text) ?? this.#between((bid, ask) => (bid + ask) / 2);
  }

  get spread(): Decimal | null {
    const [bid, ask] = [this.bid.text, this.ask.text];
    return bid === null || ask === null ? null : minus(ask, bid);
  }

  /** The spread as a number, for sorting. */
  get spreadValue(): number | null {
    return this.#between((bid, ask) => ask - bid);
  }

  /** When the page showed the newest tick, by the server's clock; null: there is no tick yet. */
  get tickAtMs(): number | null {
    return this.timestamp === "" ? null : Date.parse(this.timestamp);
  }

  /** Takes the newest tick. Returns how many ticks it stands for: those between two events of the board count, too. */
  take(tick: BoardTick): number {
    const { epoch, seq } = placeOf(tick.cursor);
    const ticks = epoch === this.#epoch ? seq - this.#seq : this.#epoch === "" ? 0 : 1;
    this.#epoch = epoch;
    this.#seq = seq;
    this.bid.set(tick.bid ?? null);
    this.ask.set(tick.ask ?? null);
    this.last.set(tick.last ?? null);
    this.opening ??= this.price;
    this.timestamp = tick.timestamp;
    if (tick.gap) {
      this.hasGap = true;
      this.lost += tick.gap.lost ?? 0;
    }
    this.rate.add(ticks);
    return ticks;
  }

  #between(of: (bid: number, ask: number) => number): number | null {
    const [bid, ask] = [numeric(this.bid.text), numeric(this.ask.text)];
    return bid === null || ask === null ? null : of(bid, ask);
  }
}

/** Returns a price as a number, for what needs no exactness; null: there is none. */
export function numeric(text: Decimal | null): number | null {
  return text === null ? null : Number(text);
}
