import type { Operation, Result, Sink } from "./operation.js";
import { SocketTransport } from "./socket.js";
import { SseTransport } from "./sse.js";
import type { Transport, TransportOptions } from "./transport.js";

/** How often a WebSocket has to fail while HTTP works. Once is not enough: the server may have started in between. */
const FAILURES = 2;
const PROBE_MS = 5_000;

export interface FallbackOptions extends TransportOptions {
  /** Called when the client has moved to server-sent events: what runs has to be sent again. */
  readonly onMoved: () => void;
}

/**
 * A WebSocket; or server-sent events, if no WebSocket can be opened and HTTP requests are answered. The client stays
 * with them.
 */
export class FallbackTransport implements Transport {
  readonly #options: FallbackOptions;
  #socket: SocketTransport | null = null;
  #current: Transport;
  #failures = 0;

  constructor(options: FallbackOptions) {
    this.#options = options;
    this.#current = options.transport === "sse" ? new SseTransport(options) : this.#openSocket();
  }

  subscribe(operation: Operation, sink: Sink<Result>): () => void {
    return this.#current.subscribe(operation, sink);
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
    this.#options.onMoved();
    socket.close();
  }
}
