/** How the page reaches the server. */
export type Transport = "websocket" | "sse";

/**
 * Whether the page reaches the server:
 * `connecting`: not yet; `open`; `reconnecting`: the connection broke, and a new one is being made;
 * `gone`: no connection for `GONE_MS`, and the page keeps trying; `refused`: the server wants another token.
 */
export type Phase = "connecting" | "open" | "reconnecting" | "gone" | "refused";

export interface ConnectionState {
  readonly phase: Phase;
  readonly transport: Transport;
  /** When the phase began, by this device's clock. */
  readonly sinceMs: number;
  /** What the server gave as the reason of a refusal; null: none. */
  readonly reason: string | null;
  /** When the next attempt is made, by this device's clock; null: an attempt runs, or none is needed. */
  readonly nextAttemptMs: number | null;
}

/** After this long without a connection the page says that the server is gone. */
export const GONE_MS = 10_000;
