import type { ConnectionListener } from "./connection.js";
import type { Token, WhenRefused } from "./token.js";
import type { Cursor, Instant } from "./types.js";

export interface ClientOptions {
  /** Address of the API: `https://host/graphql`; in a browser also one that is relative to the page. */
  readonly url: string | URL;
  readonly token?: Token;
  /**
   * What becomes of the subscriptions when the API does not accept the token, or ends the connection with it:
   * - `fail`, the default: they end with `TokenRefused`;
   * - `wait`: they are kept, and continue where they were after `renewToken()`, as a page needs it that asks a person.
   */
  readonly whenRefused?: WhenRefused;
  /** `auto`, the default: a WebSocket, and server-sent events where something between client and API blocks it. */
  readonly transport?: "auto" | "websocket" | "sse";
  /** Called at each change of the connection: lost, connected again, moved to server-sent events. */
  readonly onConnection?: ConnectionListener;
  /** Pause between two pings of the WebSocket, in milliseconds. Default: 10,000. */
  readonly keepAliveMs?: number;
}

export interface Abortable {
  /** Ends the operation: what waits for it is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface TicksOptions extends Abortable {
  /** Cursor of the last tick that was processed: the ticks after it come. Default: the newest tick, then each new one. */
  readonly after?: Cursor | null;
  /** `EVERY`, the default: each tick in order. `LATEST`: the newest whenever the connection can send one. */
  readonly delivery?: "EVERY" | "LATEST";
  /** The most ticks per second, 0.1 to 1000; each is the newest then. Default: no limit. */
  readonly maxHz?: number | null;
}

export interface BoardOptions extends Abortable {
  /** Default: all symbols, also those that appear later. */
  readonly symbols?: readonly string[] | null;
  /** The most events per second, 0.1 to 1000. Default: 10. */
  readonly maxHz?: number;
}

export interface HistoryOptions extends Abortable {
  /** The oldest ticks, 1 to 1000, after `after` and from `from` on. */
  readonly first?: number;
  readonly after?: Cursor;
  /** The newest ticks, 1 to 1000, before `before` and `to`. */
  readonly last?: number;
  readonly before?: Cursor;
  /** Included. */
  readonly from?: Instant | Date;
  /** Not included. */
  readonly to?: Instant | Date;
}
