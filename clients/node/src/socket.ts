import { createClient, type Client } from "graphql-ws";

import { webSocket } from "#websocket";
import { pause } from "./backoff.js";
import type { ConnectionState } from "./connection.js";
import { TickqlError, TokenRefused, Unreachable } from "./errors.js";
import type { GraphQLErrorData, Operation, Result, Sink, Transport } from "./operation.js";
import { credentials, type TokenSource } from "./token.js";

/** Close codes, see docs/protocol.md. */
const FORBIDDEN = 4403;
const UNAUTHORIZED = 4401;
/** Longest wait for an open WebSocket, and then for the answer to `connection_init`. */
const CONNECT_MS = 10_000;
/** Pause between two pings, and how long to wait for the answer: a connection may die without a notice. */
const KEEP_ALIVE_MS = 10_000;
const PONG_MS = 5_000;
/** How long an unused connection stays open: a page that shows another symbol need not connect anew. */
const LINGER_MS = 1_000;
const OPEN = 1;

interface Socket {
  readonly readyState: number;
  send(text: string): void;
}

interface CloseReason {
  readonly code: number;
  readonly reason: string;
}

export interface SocketOptions {
  readonly url: URL;
  readonly tokens: TokenSource;
  readonly state: ConnectionState;
  readonly keepAliveMs?: number;
  /** Called for each attempt in which no server has answered. */
  readonly onUnanswered: () => void;
  /** Called when a server has answered. */
  readonly onAnswered: () => void;
}

/** One WebSocket for all subscriptions, opened for the first one, by npm graphql-ws. */
export class SocketTransport implements Transport {
  readonly #options: SocketOptions;
  readonly #client: Client;
  #socket: Socket | null = null;
  /** The token that the open connection has. */
  #sentToken: string | null = null;
  /** Whether the attempt that runs has neither succeeded nor failed. */
  #attempting = false;
  #deadline: ReturnType<typeof setTimeout> | undefined;
  #closed = false;
  /** What a refused connection means to its operations; null: they try again. */
  readonly #refusals = new WeakMap<object, TokenRefused | null>();

  constructor(options: SocketOptions) {
    this.#options = options;
    const { url, tokens, state } = options;
    const address = new URL(url);
    address.protocol = address.protocol.replace("http", "ws");
    this.#client = createClient({
      url: address.href,
      webSocketImpl: webSocket,
      connectionParams: async () => {
        this.#sentToken = await tokens.current().catch((error: unknown) => {
          throw new TokenFailure(error);
        });
        return credentials(this.#sentToken);
      },
      connectionAckWaitTimeout: CONNECT_MS,
      lazyCloseTimeout: LINGER_MS,
      keepAlive: options.keepAliveMs ?? KEEP_ALIVE_MS,
      retryAttempts: Infinity,
      retryWait: pause,
      shouldRetry: (event) => this.#mayRetry(event),
      on: {
        connecting: (again) => {
          this.#attempting = true;
          this.#within(CONNECT_MS);
          if (!again) {
            state.set("connecting");
          }
        },
        opened: () => {
          clearTimeout(this.#deadline);
        },
        connected: (socket) => {
          this.#attempting = false;
          this.#socket = socket as Socket;
          tokens.accepted();
          options.onAnswered();
          state.set("connected");
        },
        ping: (received) => {
          if (!received) {
            this.#within(PONG_MS);
            void this.renewToken();
          }
        },
        pong: (received) => {
          if (received) {
            clearTimeout(this.#deadline);
          }
        },
        error: (error) => {
          this.#lost(error);
        },
        closed: (event) => {
          this.#lost(event);
        },
      },
    });
  }

  subscribe(operation: Operation, sink: Sink<Result>): () => void {
    return this.#client.subscribe(
      { ...operation, variables: operation.variables ?? {} },
      {
        next: (result) => {
          sink.next(result as Result);
        },
        error: (error) => {
          sink.error(this.#readable(error));
        },
        complete: () => {
          sink.complete();
        },
      },
    );
  }

  /** Asks for the token, and hands it over to the open connection if it is a new one. */
  async renewToken(): Promise<void> {
    const socket = this.#socket;
    // A function that fails is asked again at the next ping, or for the next connection, which reports its error.
    const token = await this.#options.tokens.current().catch(() => this.#sentToken);
    if (token !== this.#sentToken && token !== null && socket !== null && socket.readyState === OPEN) {
      this.#sentToken = token;
      socket.send(JSON.stringify({ type: "ping", payload: credentials(token) }));
    }
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#deadline);
    this.#client.terminate();
    void Promise.resolve(this.#client.dispose()).catch(() => undefined);
  }

  /** Ends the connection if nothing is heard of it in time. graphql-ws then connects again. */
  #within(ms: number): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => {
      this.#client.terminate();
    }, ms);
  }

  #lost(event: unknown): void {
    clearTimeout(this.#deadline);
    this.#socket = null;
    if (this.#closed) {
      return;
    }
    const { state, onUnanswered } = this.#options;
    if (isClose(event) && event.code === 1000) {
      state.set("idle");
      return;
    }
    if (state.current.status !== "refused") {
      state.set("reconnecting", textOf(event));
    }
    if (this.#attempting && !(isClose(event) && event.code >= 4400 && event.code < 4499)) {
      onUnanswered();
    }
    this.#attempting = false;
  }

  /** graphql-ws asks for each operation: a refusal is counted once for each connection. */
  #mayRetry(event: unknown): boolean {
    if (this.#closed) {
      return false;
    }
    if (!isClose(event) || event.code !== FORBIDDEN) {
      return !(event instanceof TokenFailure);
    }
    const counted = this.#refusals.get(event);
    if (counted !== undefined) {
      return counted === null;
    }
    const refusal = this.#options.tokens.refused(event.reason);
    this.#refusals.set(event, refusal);
    if (refusal !== null) {
      this.#options.state.set("refused", refusal.message);
    }
    return refusal === null;
  }

  #readable(error: unknown): Error {
    if (Array.isArray(error)) {
      return new TickqlError(error as GraphQLErrorData[]);
    }
    if (isClose(error) && (error.code === FORBIDDEN || error.code === UNAUTHORIZED)) {
      return this.#refusals.get(error) ?? new TokenRefused(error.reason);
    }
    if (error instanceof TokenFailure) {
      return error.cause;
    }
    return new Unreachable(textOf(error), { cause: error });
  }
}

/** The function that gives the token has failed. Its error is what the subscriptions end with. */
class TokenFailure extends Error {
  override readonly cause: Error;

  constructor(cause: unknown) {
    super("the token is not available");
    this.cause = cause instanceof Error ? cause : new Error(String(cause));
  }
}

function isClose(event: unknown): event is CloseReason {
  return typeof event === "object" && event !== null && "code" in event && "reason" in event;
}

/** A sentence for people about the end of a connection. */
function textOf(event: unknown): string {
  if (isClose(event)) {
    return event.reason === "" ? `the connection broke (code ${String(event.code)})` : event.reason;
  }
  const message = typeof event === "object" && event !== null && "message" in event ? event.message : null;
  return typeof message === "string" && message !== "" ? message : "the server cannot be reached";
}
