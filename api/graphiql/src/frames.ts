/**
 * Shows the newest of many values, at most once per animation frame.
 * A symbol may tick faster than the result pane can be drawn. If each tick were drawn, the pane would fall further and
 * further behind the market. Values are skipped, never changed: each tick is shown as the server sent it.
 */
export class NewestPerFrame<T> {
  readonly #show: (value: T) => void;
  #pending: { value: T; frame: number } | null = null;
  #closed = false;

  constructor(show: (value: T) => void) {
    this.#show = show;
  }

  /** Shows `value` in the next frame, unless a newer value comes first. */
  offer(value: T): void {
    if (this.#closed) {
      return;
    }
    if (this.#pending !== null) {
      this.#pending.value = value;
      return;
    }
    const frame = requestAnimationFrame(() => {
      this.flush();
    });
    this.#pending = { value, frame };
  }

  /** Shows the pending value now. To be called before an end or an error is shown, which must not overtake it. */
  flush(): void {
    const pending = this.#pending;
    if (pending === null) {
      return;
    }
    this.#pending = null;
    cancelAnimationFrame(pending.frame);
    this.#show(pending.value);
  }

  /** Drops the pending value and every later one. */
  close(): void {
    this.#closed = true;
    if (this.#pending !== null) {
      cancelAnimationFrame(this.#pending.frame);
      this.#pending = null;
    }
  }
}
