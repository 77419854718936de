// What one subscriber has received, compared with what it should have.
export class Follower {
  ticks = 0;
  holes = 0;
  repeats = 0;
  gaps = 0;
  afterClose = 0;
  cursor = null;
  #seq = null;
  #closed = false;
  #awaited = [];

  receive(tick) {
    if (this.#closed) {
      this.afterClose += 1;
      return;
    }
    this.ticks += 1;
    if (tick.gap) this.gaps += 1;
    if (this.#seq !== null && tick.seq <= this.#seq) this.repeats += 1;
    if (this.#seq !== null && tick.seq > this.#seq + 1) this.holes += 1;
    this.#seq = tick.seq;
    this.cursor = tick.cursor;
    this.#awaited = this.#awaited.filter(({ until, resolve }) => this.ticks < until || void resolve());
  }

  /** A promise of so many further ticks. */
  more(count) {
    const until = this.ticks + count;
    return new Promise((resolve) => this.#awaited.push({ until, resolve }));
  }

  close() {
    this.#closed = true;
  }
}
