import type { RetryPauses } from "./backoff.js";
import type { ConnectionState } from "./connection.js";
import type { Operation, Result, Sink } from "./operation.js";
import type { TokenSource } from "./token.js";

/** What the transports of a client share. */
export interface TransportOptions {
  readonly url: URL;
  readonly tokens: TokenSource;
  readonly state: ConnectionState;
  readonly pauses: RetryPauses;
  /** `auto`: WebSocket, and server-sent events where something blocks WebSockets. */
  readonly transport: "auto" | "websocket" | "sse";
  /** Pause between two pings of the WebSocket. */
  readonly keepAliveMs: number;
}

/** A way to the API for subscriptions. It reconnects by itself, and sends all operations again when it does. */
export interface Transport {
  /** Starts an operation. Returns what ends it. After that its sink may still be called. */
  subscribe(operation: Operation, sink: Sink<Result>): () => void;
  /** Replaces connections of which nothing has been heard for so long that they must be dead. */
  replaceSilent(): void;
  close(): void;
}
