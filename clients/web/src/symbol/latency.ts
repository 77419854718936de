const KEPT = 512;

/** Times from the page's showing a price to its being painted here, of the newest ticks. In milliseconds. */
export class Latency {
  readonly #samples = new Float64Array(KEPT);
  #count = 0;

  note(ms: number): void {
    this.#samples[this.#count % KEPT] = ms;
    this.#count += 1;
  }

  /** The value that a part of the times, such as 0.95, does not exceed; null without ticks. */
  quantile(part: number): number | null {
    const length = Math.min(this.#count, KEPT);
    if (length === 0) {
      return null;
    }
    const sorted = this.#samples.slice(0, length).sort();
    return sorted[Math.min(length - 1, Math.floor(part * length))] ?? null;
  }
}
