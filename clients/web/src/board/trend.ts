/** How many points a trend has at most. */
export const TREND_POINTS = 96;
const FIRST_STEP_MS = 500;

/**
 * The course of a price since the page opened: samples at equal steps of time, bounded in number, and the latest price.
 *
 * When it is full, every second sample is dropped and the step doubles. So the first sample stays the first price.
 */
export class Trend {
  readonly samples = new Float64Array(TREND_POINTS);
  length = 0;
  latest = NaN;
  #stepMs = FIRST_STEP_MS;
  #nextMs = -Infinity;

  /** Notes the price at a time. */
  note(price: number, nowMs: number): void {
    this.latest = price;
    if (nowMs < this.#nextMs) {
      return;
    }
    if (this.length === TREND_POINTS) {
      this.#halve();
    }
    this.samples[this.length] = price;
    this.length += 1;
    // Timers come a little early or late.
    this.#nextMs = nowMs + this.#stepMs - FIRST_STEP_MS / 2;
  }

  #halve(): void {
    for (let index = 0; index < TREND_POINTS / 2; index += 1) {
      this.samples[index] = this.samples[2 * index] ?? 0;
    }
    this.length = TREND_POINTS / 2;
    this.#stepMs *= 2;
  }
}
