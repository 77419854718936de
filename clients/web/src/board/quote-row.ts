import { direction } from "../prices/decimal.ts";
import type { Decimal } from "../prices/decimal.ts";
import { placeOf } from "./cursor.ts";
import type { BoardTick, SymbolStatus } from "./operations.ts";
import { TickRate } from "./tick-rate.ts";
import { Trend } from "./trend.ts";

/** One price of a symbol, the price before it, and which way it moved: -1, 0 or 1. */
export class MovingPrice {
  text: Decimal | null = null;
  before: Decimal | null = null;
  moved: -1 | 0 | 1 = 0;

  set(text: Decimal | null): void {
    if (text === this.text) {
      return;
    }
    this.moved = text === null || this.text === null ? 0 : direction(this.text, text) || this.moved;
    this.before = this.text;
    this.text = text;
  }
}

/** What the board knows of one symbol. It is changed in place by each tick, and read when a frame is painted. */
export class QuoteRow {
  readonly bid = new MovingPrice();
  readonly ask = new MovingPrice();
  readonly last = new MovingPrice();
  readonly rate = new TickRate();
  readonly trend = new Trend();
  spread: Decimal | null = null;
  /** The price of the last trade; where the page shows none, the middle of bid and ask. */
  price: Decimal | null = null;
  /** The first such price since the page opened. */
  opening: Decimal | null = null;
  /** When the page showed the newest tick, by the server's clock. */
  tickAtMs = 0;
  /** When the newest tick arrived, by this device's clock. */
  arrivedMs = 0;
  /** How many ticks of the symbol could not be delivered since the page opened, where that is known. */
  lost = 0;
  hasGap = false;
  status: SymbolStatus | null = null;
  #epoch = "";
  #seq = 0;

  constructor(readonly symbol: string) {}

  /** Takes the newest tick. Returns how many ticks it stands for: those between two events of the board count, too. */
  take(tick: BoardTick, arrivedMs: number): number {
    const { epoch, seq } = placeOf(tick.cursor);
    const ticks = epoch === this.#epoch ? seq - this.#seq : this.#epoch === "" ? 0 : 1;
    this.#epoch = epoch;
    this.#seq = seq;
    this.bid.set(tick.bid ?? null);
    this.ask.set(tick.ask ?? null);
    this.last.set(tick.last ?? null);
    this.spread = tick.spread ?? null;
    this.price = tick.last ?? tick.mid ?? null;
    this.opening ??= this.price;
    this.tickAtMs = Date.parse(tick.timestamp);
    this.arrivedMs = arrivedMs;
    if (tick.gap) {
      this.hasGap = true;
      this.lost += tick.gap.lost ?? 0;
    }
    this.rate.add(ticks);
    return ticks;
  }
}
