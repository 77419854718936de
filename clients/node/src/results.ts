import { dataOf } from "./errors.js";
import type { Result } from "./operation.js";
import type { Subscription } from "./subscription.js";

/**
 * Values that wait for a slow reader. When there are more, the subscription is stopped until the reader has taken them
 * all: it then continues behind the last one, and nothing is lost.
 */
const MAX_WAITING = 10_000;

/** The results of a subscription as an async iterator. The first `next` starts it, and the end stops it. */
export class Results<T> implements AsyncIterableIterator<T> {
  readonly #subscription: Subscription;
  readonly #valueOf: (data: Readonly<Record<string, unknown>>) => T;
  readonly #signal: AbortSignal | undefined;
  readonly #waiting: T[] = [];
  readonly #readers: { resolve(result: IteratorResult<T>): void; reject(error: unknown): void }[] = [];
  #status: "new" | "running" | "paused" | "ended" = "new";
  /** What the reader gets after the values that wait. */
  #error: { readonly reason: unknown } | null = null;

  constructor(
    subscription: Subscription,
    valueOf: (data: Readonly<Record<string, unknown>>) => T,
    signal?: AbortSignal,
  ) {
    this.#subscription = subscription;
    this.#valueOf = valueOf;
    this.#signal = signal;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<T>> {
    if (this.#status === "new") {
      this.#begin();
    }
    if (this.#waiting.length > 0) {
      return Promise.resolve({ done: false, value: this.#waiting.shift() as T });
    }
    if (this.#error !== null) {
      const { reason } = this.#error;
      this.#error = null;
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- the reason of an `AbortSignal` is its owner's
      return Promise.reject(reason);
    }
    if (this.#status === "ended") {
      return Promise.resolve({ done: true, value: undefined });
    }
    const result = new Promise<IteratorResult<T>>((resolve, reject) => this.#readers.push({ resolve, reject }));
    if (this.#status === "paused") {
      this.#run();
    }
    return result;
  }

  return(): Promise<IteratorResult<T>> {
    this.#waiting.length = 0;
    this.#end(null);
    return Promise.resolve({ done: true, value: undefined });
  }

  readonly #abort = (): void => {
    this.#waiting.length = 0;
    this.#end({ reason: this.#signal?.reason });
  };

  #begin(): void {
    if (this.#signal?.aborted) {
      this.#abort();
      return;
    }
    this.#signal?.addEventListener("abort", this.#abort);
    this.#run();
  }

  #run(): void {
    this.#status = "running";
    this.#subscription.start({
      next: (result) => {
        this.#receive(result);
      },
      error: (reason) => {
        this.#end({ reason });
      },
      complete: () => {
        this.#end(null);
      },
    });
  }

  #receive(result: Result): void {
    try {
      this.#give(this.#valueOf(dataOf(result)));
    } catch (reason) {
      this.#end({ reason });
    }
  }

  #give(value: T): void {
    const reader = this.#readers.shift();
    if (reader !== undefined) {
      reader.resolve({ done: false, value });
      return;
    }
    this.#waiting.push(value);
    if (this.#waiting.length >= MAX_WAITING) {
      this.#status = "paused";
      this.#subscription.stop();
    }
  }

  #end(error: { readonly reason: unknown } | null): void {
    if (this.#status === "ended") {
      return;
    }
    this.#status = "ended";
    this.#signal?.removeEventListener("abort", this.#abort);
    this.#subscription.stop();
    const [first, ...others] = this.#readers.splice(0);
    if (error === null || first === undefined) {
      this.#error = error;
      first?.resolve({ done: true, value: undefined });
    } else {
      first.reject(error.reason);
    }
    for (const reader of others) {
      reader.resolve({ done: true, value: undefined });
    }
  }
}
