/**
 * Hands on the newest offered value once per animation frame, in the order of frames.
 * A symbol may tick faster than the result pane can be drawn; drawing each tick would put the pane ever further
 * behind the market. What is merged is the drawing only: each shown tick is as the server sent it.
 */
export class NewestPerFrame<T> {
  readonly #show: (value: T) => void;
  #waiting: { value: T; frame: number } | null = null;
  #closed = false;

  constructor(show: (value: T) => void) {
    this.#show = show;
  }

  offer(value: T): void {
    if (this.#closed) {
      return;
    }
    if (this.#waiting !== null) {
      this.#waiting.value = value;
      return;
    }
    const frame = requestAnimationFrame(() => {
      this.flush();
    });
    this.#waiting = { value, frame };
  }

  /** Shows the waiting value now: an end or an error must not overtake it. */
  flush(): void {
    const waiting = this.#waiting;
    if (waiting === null) {
      return;
    }
    this.#waiting = null;
    cancelAnimationFrame(waiting.frame);
    this.#show(waiting.value);
  }

  /** Drops the waiting value and every later one. */
  close(): void {
    this.#closed = true;
    if (this.#waiting !== null) {
      cancelAnimationFrame(this.#waiting.frame);
      this.#waiting = null;
    }
  }
}
