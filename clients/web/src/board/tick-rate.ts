const SECONDS = 10;

/** How many ticks a second arrived, on average over the last ten seconds. */
export class TickRate {
  readonly #counts = new Uint32Array(SECONDS);
  #second = 0;
  #seconds = 0;

  /** Counts ticks within the present second. */
  add(ticks: number): void {
    this.#counts[this.#second] = (this.#counts[this.#second] ?? 0) + ticks;
  }

  /** Begins the next second. */
  nextSecond(): void {
    this.#second = (this.#second + 1) % SECONDS;
    this.#seconds = Math.min(this.#seconds + 1, SECONDS - 1);
    this.#counts[this.#second] = 0;
  }

  /** The average over the completed seconds; null before the first is complete. */
  get perSecond(): number | null {
    if (this.#seconds === 0) {
      return null;
    }
    let sum = 0;
    for (const count of this.#counts) {
      sum += count;
    }
    return (sum - (this.#counts[this.#second] ?? 0)) / this.#seconds;
  }
}
