import { Interrupted } from "./errors.js";
import type { Operation, Result, Sink } from "./operation.js";
import { SocketTransport } from "./socket.js";
import { SseTransport } from "./sse.js";
import type { Transport, TransportOptions } from "./transport.js";

/** How often a WebSocket has to fail while HTTP works. Once is not enough: the server may have started in between. */
const FAILURES = 2;
const PROBE_MS = 5_000;

/**
 * A WebSocket; or server-sent events, if no WebSocket can be opened and HTTP requests are answered. What runs is then
 * interrupted, and its subscriptions start it again over server-sent events, with which the client stays.
 */
export class FallbackTransport implements Transport {
  readonly #options: TransportOptions;
  /** Interrupts each operation that runs over the WebSocket. */
  readonly #running = new Set<() => void>();
  #socket: SocketTransport | null = null;
  #current: Transport;
  #failures = 0;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#current = options.transport === "sse" ? new SseTransport(options) : this.#openSocket();
  }

  subscribe(operation: Operation, sink: Sink<Result>): () => void {
    if (this.#socket === null) {
      return this.#current.subscribe(operation, sink);
    }
    const stop = this.#socket.subscribe(operation, sink);
    const interrupt = (): void => {
      end();
      sink.error(new Interrupted());
    };
    const end = (): void => {
      this.#running.delete(interrupt);
      stop();
    };
    this.#running.add(interrupt);
    return end;
  }

  async renewToken(): Promise<void> {
    await this.#socket?.renewToken();
  }

  replaceSilent(): void {
    this.#current.replaceSilent();
  }

  close(): void {
    this.#socket = null;
    this.#current.close();
  }

  #openSocket(): SocketTransport {
    this.#socket = new SocketTransport({
      ...this.#options,
      onUnanswered: () => {
        if (this.#options.transport === "auto") {
          void this.#probe();
        }
      },
      onAnswered: () => {
        this.#failures = 0;
      },
    });
    return this.#socket;
  }

  async #probe(): Promise<void> {
    if (!(await this.#answersHttp())) {
      this.#failures = 0;
      return;
    }
    this.#failures += 1;
    if (this.#failures >= FAILURES) {
      this.#moveToSse();
    }
  }

  async #answersHttp(): Promise<boolean> {
    const { url, tokens } = this.#options;
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json", accept: "application/json", ...(await tokens.headers()) },
        body: JSON.stringify({ query: "{ __typename }" }),
        signal: AbortSignal.timeout(PROBE_MS),
      });
      return response.ok || response.status === 401 || response.status === 403;
    } catch {
      return false;
    }
  }

  #moveToSse(): void {
    const socket = this.#socket;
    // A probe may end after the client was closed, or after another probe has found the same.
    if (socket === null) {
      return;
    }
    this.#socket = null;
    this.#current = new SseTransport(this.#options);
    this.#options.state.useSse();
    for (const interrupt of [...this.#running]) {
      interrupt();
    }
    socket.close();
  }
}
