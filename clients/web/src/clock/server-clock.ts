/** A `Date` header counts whole seconds, and servers renew it each second, or later if they are busy. */
const DATE_RANGE_MS = 5_000;
/** Clocks that are set over a network differ by less. */
const WRONG_MS = 1_000;
/** Bounds are those of the present and the previous window: a clock may be set while the page is open. */
const WINDOW_MS = 30_000;

/** How far this device's clock is ahead of the server's, and between which limits that is known. */
export interface ClockOffset {
  readonly offsetMs: number;
  /** Whether this device's clock is wrong by more than clocks commonly are. It is corrected by `offsetMs` in any case. */
  readonly isWrong: boolean;
}

/**
 * The server's clock, estimated from times that the server sends.
 *
 * A time from the server was read before it arrived, so the offset of this device's clock is at most the difference.
 * `Date` headers also give a lower limit. While no difference at all lies between the limits, this device's clock is
 * taken as it is; otherwise the upper limit corrects it.
 */
export class ServerClock {
  readonly #deviceNow: () => number;
  #windowBeganMs = -Infinity;
  #upperMs = Infinity;
  #previousUpperMs = Infinity;
  #lowerMs = -Infinity;

  constructor(deviceNow: () => number = Date.now) {
    this.#deviceNow = deviceNow;
  }

  /** Notes a time that the server, or the producer, wrote into a message that arrived just now. */
  noteSent(sentMs: number): void {
    this.#noteUpper(this.#deviceNow() - sentMs);
  }

  /** Notes a `Date` header of a response to a request that was sent and answered at these times of this device. */
  noteDate(dateMs: number, requestedMs: number, answeredMs: number): void {
    this.#noteUpper(answeredMs - dateMs);
    this.#lowerMs = requestedMs - dateMs - DATE_RANGE_MS;
  }

  get offset(): ClockOffset {
    const upperMs = Math.min(this.#upperMs, this.#previousUpperMs);
    const isOff = Number.isFinite(upperMs) && (upperMs < 0 || this.#lowerMs > 0);
    return { offsetMs: isOff ? upperMs : 0, isWrong: isOff && Math.abs(upperMs) > WRONG_MS };
  }

  /** The server's time now, in milliseconds since 1970. */
  now(): number {
    return this.#deviceNow() - this.offset.offsetMs;
  }

  #noteUpper(differenceMs: number): void {
    const nowMs = this.#deviceNow();
    if (Math.abs(nowMs - this.#windowBeganMs) > WINDOW_MS) {
      this.#windowBeganMs = nowMs;
      this.#previousUpperMs = this.#upperMs;
      this.#upperMs = differenceMs;
    } else {
      this.#upperMs = Math.min(this.#upperMs, differenceMs);
    }
  }
}
