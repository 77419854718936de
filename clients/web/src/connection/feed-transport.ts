import { createClient as createSseClient } from "graphql-sse";
import type { Client as SseClient } from "graphql-sse";
import { createClient as createWsClient } from "graphql-ws";
import type { Client as WsClient } from "graphql-ws";

import { Store } from "../app/store.ts";
import { pauseMs } from "./backoff.ts";
import { GONE_MS } from "./connection-state.ts";
import type { ConnectionState, Phase, Transport } from "./connection-state.ts";
import { tokenHeaders } from "./token.ts";

/** The close code of a server that wants another token. */
const FORBIDDEN = 4403;
/** The page pings this often, so that it notices a connection that is dead without having been closed. */
const PING_MS = 10_000;
/** Without any message for longer, an open connection is replaced when the page comes back to a person's view. */
const SILENT_MS = 2 * PING_MS;
/** Pause before an operation that the server ended for a limit is started again. */
const LIMIT_PAUSE_MS = 10_000;
/** Failed attempts of the WebSocket, each while plain HTTP worked, after which it is taken as blocked. */
const BLOCKED_AFTER = 2;

export interface Request {
  query: string;
  operationName?: string;
  variables?: Record<string, unknown>;
}

export interface Result {
  data?: Record<string, unknown> | null;
  errors?: readonly { message: string; extensions?: Record<string, unknown> }[];
}

export interface Sink {
  next(result: Result): void;
  complete(): void;
}

/** One operation: started on each new connection, until the server or the page ends it. */
interface Operation {
  readonly request: Request;
  readonly sink: Sink;
  stop: () => void;
}

/**
 * Carries subscriptions over a WebSocket, or over server-sent events where WebSockets are blocked.
 *
 * An operation lives through lost connections, refused tokens and the change of transport: its request is written anew
 * each time, so variables may resume it. It ends when the server completes or refuses the operation itself.
 */
export class FeedTransport {
  readonly state: Store<ConnectionState>;
  readonly #endpoint: URL;
  readonly #serverAnswers: () => Promise<boolean>;
  readonly #operations = new Set<Operation>();
  #client: WsClient | SseClient;
  #hasOpened = false;
  #blockedAttempts = 0;
  #heardMs = 0;
  #goneTimer: ReturnType<typeof setTimeout> | undefined;
  #endPause: () => void = () => undefined;

  /** `serverAnswers` tells whether the server answers over plain HTTP. */
  constructor(endpoint: URL, serverAnswers: () => Promise<boolean>) {
    this.#endpoint = endpoint;
    this.#serverAnswers = serverAnswers;
    this.state = new Store<ConnectionState>({
      phase: "connecting",
      transport: "websocket",
      sinceMs: Date.now(),
      reason: null,
      nextAttemptMs: null,
    });
    this.#client = this.#webSocketClient();
    this.#expectConnection();
    addEventListener("online", this.#wake);
    document.addEventListener("visibilitychange", this.#wake);
  }

  /** Starts an operation. Returns a function that ends it. */
  subscribe(request: Request, sink: Sink): () => void {
    const operation: Operation = { request, sink, stop: () => undefined };
    this.#operations.add(operation);
    if (this.state.get().phase !== "refused") {
      this.#start(operation);
    }
    return () => {
      this.#operations.delete(operation);
      operation.stop();
    };
  }

  /** Connects again with the stored token, which the server may accept now. */
  useToken(): void {
    this.#enter("connecting");
    this.#expectConnection();
    this.#restart();
  }

  /** Ends the pause before the next attempt. */
  readonly retryNow = (): void => {
    this.#endPause();
  };

  /** Starts an operation on the present client. Once it is stopped there, what that client says of it is ignored. */
  #start(operation: Operation): void {
    let isStopped = false;
    const ended = (): void => {
      if (!isStopped && this.#operations.delete(operation)) {
        operation.sink.complete();
      }
    };
    const stop = (this.#client as WsClient).subscribe(operation.request, {
      next: (result: Result) => {
        this.#heardMs = Date.now();
        if (!isStopped) {
          operation.sink.next(result);
        }
      },
      error: (error: unknown) => {
        if (Array.isArray(error) && !isStopped) {
          operation.sink.next({ errors: error as NonNullable<Result["errors"]> });
          ended();
        } else if (!isStopped) {
          this.#suspend(operation, error);
        }
      },
      complete: ended,
    });
    operation.stop = () => {
      isStopped = true;
      stop();
    };
  }

  /** Keeps an operation whose connection was closed for good, and starts it again when that may help. */
  #suspend(operation: Operation, error: unknown): void {
    operation.stop = () => undefined;
    if (error instanceof CloseEvent && error.code === FORBIDDEN) {
      this.#refuse(error.reason);
      return;
    }
    setTimeout(() => {
      if (this.#operations.has(operation) && this.state.get().phase !== "refused") {
        this.#start(operation);
      }
    }, LIMIT_PAUSE_MS);
  }

  #refuse(reason: string): void {
    clearTimeout(this.#goneTimer);
    this.#enter("refused", reason === "" ? null : reason);
  }

  #restart(): void {
    for (const operation of this.#operations) {
      operation.stop();
      this.#start(operation);
    }
  }

  #webSocketClient(): WsClient {
    const address = new URL(this.#endpoint);
    address.protocol = address.protocol.replace("http", "ws");
    let pongTimer: ReturnType<typeof setTimeout> | undefined;
    const client = createWsClient({
      url: address.href,
      connectionParams: tokenHeaders,
      keepAlive: PING_MS,
      retryAttempts: Infinity,
      retryWait: (failed) => this.#pause(failed),
      shouldRetry: (error) => !(error instanceof CloseEvent && error.code === FORBIDDEN),
      on: {
        opened: () => {
          this.#hasOpened = true;
        },
        connected: () => {
          this.#connected();
        },
        message: () => {
          this.#heardMs = Date.now();
        },
        ping: (received) => {
          if (!received) {
            pongTimer = setTimeout(() => {
              client.terminate();
            }, PING_MS / 2);
          }
        },
        pong: (received) => {
          if (received) {
            clearTimeout(pongTimer);
          }
        },
        // Some blocked sockets have no close event.
        error: () => void this.#checkBlocked(),
        closed: (event) => {
          clearTimeout(pongTimer);
          // 1000: this page has ended its last operation.
          if (!(event instanceof CloseEvent && (event.code === 1000 || event.code === FORBIDDEN))) {
            this.#disconnected();
          }
        },
      },
    });
    return client;
  }

  #sseClient(): SseClient {
    return createSseClient({
      url: this.#endpoint.href,
      headers: tokenHeaders,
      retryAttempts: Infinity,
      retry: (failed) => this.#pause(failed),
      fetchFn: async (input: URL | RequestInfo, init?: RequestInit) => {
        const response = await fetch(input, init);
        if (response.status === 401) {
          this.#refuse("this server needs a token");
          for (const operation of this.#operations) {
            operation.stop();
          }
        }
        return response;
      },
      on: {
        connecting: (isRetry) => {
          if (isRetry) {
            this.#disconnected();
          }
        },
        connected: () => {
          this.#connected();
        },
      },
    });
  }

  /** Changes to server-sent events if WebSockets fail again and again while plain HTTP works. */
  async #checkBlocked(): Promise<void> {
    if (this.#hasOpened || this.state.get().transport === "sse" || !(await this.#serverAnswers())) {
      return;
    }
    this.#blockedAttempts += 1;
    if (this.#blockedAttempts === BLOCKED_AFTER) {
      const webSocket = this.#client as WsClient;
      this.#client = this.#sseClient();
      this.#enter(this.state.get().phase, null, "sse");
      this.#restart();
      void webSocket.dispose();
    }
  }

  #connected(): void {
    clearTimeout(this.#goneTimer);
    this.#heardMs = Date.now();
    this.#enter("open");
  }

  #disconnected(): void {
    if (this.state.get().phase === "open") {
      this.#enter("reconnecting");
      this.#expectConnection();
    }
  }

  #expectConnection(): void {
    clearTimeout(this.#goneTimer);
    this.#goneTimer = setTimeout(() => {
      this.#enter("gone");
    }, GONE_MS);
  }

  /** Waits before the next attempt, or until `retryNow`. */
  async #pause(failedAttempts: number): Promise<void> {
    const ms = pauseMs(failedAttempts);
    this.state.set({ ...this.state.get(), nextAttemptMs: Date.now() + ms });
    await new Promise<void>((resolve) => {
      this.#endPause = resolve;
      setTimeout(resolve, ms);
    });
    this.state.set({ ...this.state.get(), nextAttemptMs: null });
  }

  /** Replaces a connection that a sleeping device may have lost without noticing. */
  readonly #wake = (): void => {
    if (document.visibilityState === "hidden") {
      return;
    }
    this.retryNow();
    if ("terminate" in this.#client && this.state.get().phase === "open" && Date.now() - this.#heardMs > SILENT_MS) {
      this.#client.terminate();
    }
  };

  #enter(phase: Phase, reason: string | null = null, transport: Transport = this.state.get().transport): void {
    const before = this.state.get();
    const sinceMs = before.phase === phase ? before.sinceMs : Date.now();
    this.state.set({ phase, transport, reason, sinceMs, nextAttemptMs: null });
  }
}
