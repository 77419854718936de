import type { ConnectionState } from "./connection.js";
import type { Operation, Result, Sink, Transport } from "./operation.js";
import { SocketTransport } from "./socket.js";
import { SseTransport } from "./sse.js";
import type { TokenSource } from "./token.js";

/** How often a WebSocket has to fail while HTTP works. Once is not enough: the server may have started in between. */
const FAILURES = 2;
const PROBE_MS = 5_000;

interface Moved {
  stop: () => void;
}

export interface TransportOptions {
  readonly url: URL;
  readonly tokens: TokenSource;
  readonly state: ConnectionState;
  /** `auto`: WebSocket, and server-sent events where something blocks WebSockets. */
  readonly transport: "auto" | "websocket" | "sse";
  readonly keepAliveMs?: number;
}

/**
 * A WebSocket; or server-sent events, if no WebSocket can be opened and HTTP requests are answered.
 * Running subscriptions then move, and continue where they were. The client stays with server-sent events.
 */
export class FallbackTransport implements Transport {
  readonly #options: TransportOptions;
  readonly #running = new Map<Moved, [Operation, Sink<Result>]>();
  #socket: SocketTransport | null = null;
  #current: Transport;
  #failures = 0;
  #closed = false;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#current = options.transport === "sse" ? this.#openSse() : this.#openSocket();
  }

  subscribe(operation: Operation, sink: Sink<Result>): () => void {
    const running: Moved = { stop: () => undefined };
    const watched: Sink<Result> = {
      next: (result) => {
        sink.next(result);
      },
      error: (error) => {
        this.#running.delete(running);
        sink.error(error);
      },
      complete: () => {
        this.#running.delete(running);
        sink.complete();
      },
    };
    this.#running.set(running, [operation, watched]);
    running.stop = this.#start(operation, watched);
    return () => {
      this.#running.delete(running);
      running.stop();
    };
  }

  async renewToken(): Promise<void> {
    await this.#socket?.renewToken();
  }

  close(): void {
    this.#closed = true;
    this.#running.clear();
    this.#current.close();
  }

  /** Starts an operation on the present transport, whose events count only until it is stopped there. */
  #start(operation: Operation, sink: Sink<Result>): () => void {
    let stopped = false;
    const only =
      <T>(receive: (value: T) => void) =>
      (value: T): void => {
        if (!stopped) {
          receive(value);
        }
      };
    const stop = this.#current.subscribe(operation, {
      next: only((result: Result) => {
        sink.next(result);
      }),
      error: only((error: Error) => {
        sink.error(error);
      }),
      complete: only(() => {
        sink.complete();
      }) as () => void,
    });
    return () => {
      stopped = true;
      stop();
    };
  }

  #openSocket(): SocketTransport {
    const { transport } = this.#options;
    this.#socket = new SocketTransport({
      ...this.#options,
      onUnanswered: () => {
        if (transport === "auto") {
          void this.#probe();
        }
      },
      onAnswered: () => {
        this.#failures = 0;
      },
    });
    return this.#socket;
  }

  #openSse(): SseTransport {
    const { url, tokens, state } = this.#options;
    state.useSse();
    return new SseTransport(url, tokens, state);
  }

  async #probe(): Promise<void> {
    const socket = this.#socket;
    if (!(await this.#answersHttp())) {
      this.#failures = 0;
      return;
    }
    this.#failures += 1;
    if (this.#failures >= FAILURES && socket !== null && socket === this.#socket && !this.#closed) {
      this.#moveToSse(socket);
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

  #moveToSse(socket: SocketTransport): void {
    this.#socket = null;
    const moved = [...this.#running];
    for (const [running] of moved) {
      running.stop();
    }
    socket.close();
    this.#current = this.#openSse();
    for (const [running, [operation, sink]] of moved) {
      running.stop = this.#start(operation, sink);
    }
  }
}
