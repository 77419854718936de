import type { Operation, Result, Sink } from "./operation.js";
import { SseOperation } from "./sse-operation.js";
import type { Transport, TransportOptions } from "./transport.js";

/** Server-sent events: a request of its own for each operation. */
export class SseTransport implements Transport {
  readonly #options: TransportOptions;
  readonly #running = new Set<SseOperation>();

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  subscribe(operation: Operation, sink: Sink<Result>): () => void {
    const running = new SseOperation(this.#options, () => {
      this.#showConnected();
    });
    this.#running.add(running);
    const end = (): void => {
      running.stop();
      this.#running.delete(running);
      this.#showConnected();
    };
    running.start(operation, {
      next: (result) => {
        sink.next(result);
      },
      error: (error) => {
        end();
        sink.error(error);
      },
      complete: () => {
        end();
        sink.complete();
      },
    });
    return end;
  }

  replaceSilent(): void {
    for (const operation of this.#running) {
      operation.replaceIfSilent();
    }
  }

  close(): void {
    for (const operation of this.#running) {
      operation.stop();
    }
    this.#running.clear();
  }

  /** The client is connected while each of its operations is. */
  #showConnected(): void {
    const { state } = this.#options;
    const areConnected = [...this.#running].every(({ isConnected }) => isConnected);
    if (this.#running.size > 0 && areConnected && state.current.status !== "refused") {
      state.connected();
    }
  }
}
