import { createClient, type Client } from "graphql-ws";

import { webSocket } from "#websocket";
import { isOfServer, isRefusal, isUnused, textOf } from "./close-reason.js";
import { TickqlError, TokenRefused, Unreachable } from "./errors.js";
import type { GraphQLErrorData, Operation, Result, Sink } from "./operation.js";
import { credentials } from "./token.js";
import type { Transport, TransportOptions } from "./transport.js";

/** Longest wait for an open WebSocket, and then for the answer to `connection_init`. */
const CONNECT_MS = 10_000;
/** How long to wait for the answer to a ping: a connection may die without a notice. */
const PONG_MS = 5_000;
/** After so many pauses between pings without any message a connection is dead: the device has slept. */
const SILENT_PINGS = 2;
/** How long an unused connection stays open: a page that shows another symbol need not connect anew. */
const LINGER_MS = 1_000;
const OPEN = 1;

interface Socket {
  readonly readyState: number;
  send(text: string): void;
}

export interface SocketOptions extends TransportOptions {
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
  /** The token that the newest connection has. */
  #sentToken: string | null = null;
  /** Connections that were refused since the last that was accepted. */
  #refusals = 0;
  /** Why the last connection was refused for good; null: another attempt may succeed. */
  #refusal: TokenRefused | null = null;
  /** Whether the attempt that runs has neither succeeded nor failed. */
  #isAttempting = false;
  /** When the newest message came, in Unix milliseconds. */
  #heardMs = 0;
  #deadline: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  constructor(options: SocketOptions) {
    this.#options = options;
    this.#client = this.#connect();
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
    if (token !== this.#sentToken && token !== null && socket?.readyState === OPEN) {
      this.#sentToken = token;
      socket.send(JSON.stringify({ type: "ping", payload: credentials(token) }));
    }
  }

  replaceSilent(): void {
    if (this.#socket !== null && Date.now() - this.#heardMs > SILENT_PINGS * this.#options.keepAliveMs) {
      this.#client.terminate();
    }
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#deadline);
    this.#client.terminate();
    void Promise.resolve(this.#client.dispose()).catch(() => undefined);
  }

  #connect(): Client {
    const { url, keepAliveMs, pauses, state } = this.#options;
    const address = new URL(url);
    address.protocol = address.protocol.replace("http", "ws");
    return createClient({
      url: address.href,
      webSocketImpl: webSocket,
      connectionParams: () => this.#credentials(),
      connectionAckWaitTimeout: CONNECT_MS,
      lazyCloseTimeout: LINGER_MS,
      keepAlive: keepAliveMs,
      retryAttempts: Infinity,
      retryWait: (attempt) => pauses.wait(attempt),
      shouldRetry: (event) => !(event instanceof TokenFailure) && !(isRefusal(event) && this.#refusal !== null),
      on: {
        connecting: () => {
          this.#isAttempting = true;
          state.connecting();
          this.#within(CONNECT_MS);
        },
        opened: () => {
          clearTimeout(this.#deadline);
        },
        connected: (socket) => {
          this.#connected(socket as Socket);
        },
        message: () => {
          this.#heardMs = Date.now();
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

  async #credentials(): Promise<Record<string, string>> {
    this.#sentToken = await this.#options.tokens.current().catch((error: unknown) => {
      throw new TokenFailure(error);
    });
    return credentials(this.#sentToken);
  }

  /** Ends the connection if nothing is heard of it in time. graphql-ws then connects again. */
  #within(ms: number): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => {
      this.#client.terminate();
    }, ms);
  }

  #connected(socket: Socket): void {
    this.#socket = socket;
    this.#isAttempting = false;
    this.#refusals = 0;
    this.#options.onAnswered();
    this.#options.state.connected();
  }

  /** Called for the end of a connection or attempt: with an error, a close event, or one after the other. */
  #lost(event: unknown): void {
    clearTimeout(this.#deadline);
    this.#socket = null;
    const hasFailed = this.#isAttempting;
    this.#isAttempting = false;
    if (this.#isClosed) {
      return;
    }
    const { state, onUnanswered } = this.#options;
    if (isUnused(event)) {
      state.idle();
    } else if (isRefusal(event)) {
      this.#refused(event.reason);
    } else {
      state.lost(textOf(event));
      if (hasFailed && !isOfServer(event)) {
        onUnanswered();
      }
    }
  }

  #refused(reason: string): void {
    const { state, tokens } = this.#options;
    this.#refusals += 1;
    this.#refusal = tokens.refused(reason, this.#sentToken, this.#refusals === 1);
    if (this.#refusal === null) {
      state.lost(reason);
    } else {
      this.#refusals = 0;
      state.refused(this.#refusal.message);
    }
  }

  #readable(error: unknown): Error {
    if (Array.isArray(error)) {
      return new TickqlError(error as GraphQLErrorData[]);
    }
    if (isRefusal(error)) {
      return this.#refusal ?? new TokenRefused(error.reason);
    }
    return error instanceof TokenFailure ? error.cause : new Unreachable(textOf(error), { cause: error });
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
