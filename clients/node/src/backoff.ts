import type { ConnectionState } from "./connection.js";

const FIRST_MS = 200;
const LONGEST_MS = 5_000;
const SHORTEST_MS = 50;

/**
 * Returns how long to wait before the next attempt: a random time that grows with the attempts (0, 1, 2, ...).
 * Random, so that the clients of a server that was restarted do not all come back at the same moment.
 */
export function delayMs(attempt: number): number {
  return SHORTEST_MS + Math.random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
}

/** The pauses before attempts to connect. The state of the connection tells when the next one ends. */
export class RetryPauses {
  readonly #state: ConnectionState;
  /** What ends a pause, and when it ends by itself, in Unix milliseconds. */
  readonly #running = new Map<() => void, number>();

  constructor(state: ConnectionState) {
    this.#state = state;
  }

  async wait(attempt: number): Promise<void> {
    const ms = delayMs(attempt);
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#running.delete(end);
        this.#show();
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.#running.set(end, Date.now() + ms);
      this.#show();
    });
  }

  /** Ends all pauses: the next attempts are made at once. */
  end(): void {
    for (const end of [...this.#running.keys()]) {
      end();
    }
  }

  #show(): void {
    const first = Math.min(...this.#running.values());
    this.#state.waitingUntil(Number.isFinite(first) ? new Date(first) : null);
  }
}
