/**
 * How the client is connected:
 * - `idle`: not, because nothing is subscribed to;
 * - `connecting`: for the first time, or again after `idle` or `refused`;
 * - `connected`;
 * - `reconnecting`: the connection was lost, and a new one is being made;
 * - `unreachable`: there has been no connection for 10 s; the client keeps trying;
 * - `refused`: the token is not accepted; see the option `whenRefused`;
 * - `closed`: by `close()`.
 */
export type ConnectionStatus =
  "idle" | "connecting" | "connected" | "reconnecting" | "unreachable" | "refused" | "closed";

/** The state of the client's connection for subscriptions. */
export interface Connection {
  readonly status: ConnectionStatus;
  /** `sse`: server-sent events over HTTP, because something between client and API blocks WebSockets. */
  readonly transport: "websocket" | "sse";
  /** Why the last attempt failed, or why the connection was lost or refused; null: nothing of that. */
  readonly reason: string | null;
  /** When the status began; for `unreachable`: since when there has been no connection. */
  readonly since: Date;
  /** When the next attempt is made; null: an attempt runs, or none is needed. `retryNow()` makes it at once. */
  readonly nextAttemptAt: Date | null;
}

export type ConnectionListener = (connection: Connection) => void;

/** How long the client is `connecting` or `reconnecting` before it is `unreachable`. */
const UNREACHABLE_AFTER_MS = 10_000;

/** The state of the connection, as the transports report it. */
export class ConnectionState {
  readonly #listeners = new Set<ConnectionListener>();
  #current: Connection;
  #outage: ReturnType<typeof setTimeout> | undefined;

  constructor(transport: Connection["transport"]) {
    this.#current = { status: "idle", transport, reason: null, since: new Date(), nextAttemptAt: null };
  }

  get current(): Connection {
    return this.#current;
  }

  listen(listener: ConnectionListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** An attempt begins. */
  connecting(): void {
    if (this.#current.status === "idle" || this.#current.status === "refused") {
      this.#enter("connecting");
    }
  }

  connected(): void {
    this.#enter("connected");
  }

  /** The connection was lost, or an attempt has failed. */
  lost(reason: string): void {
    const { status } = this.#current;
    if (status === "connected") {
      this.#enter("reconnecting", reason);
    } else if (status !== "refused" && status !== "idle") {
      this.#change({ ...this.#current, reason });
    }
  }

  refused(reason: string): void {
    this.#enter("refused", reason);
  }

  /** The connection was closed, because nothing is subscribed to. */
  idle(): void {
    this.#enter("idle");
  }

  /** Nothing is subscribed to any more. A WebSocket that is open stays so for a moment, and then reports `idle`. */
  unused(): void {
    const { status, transport } = this.#current;
    if (status !== "refused" && (status !== "connected" || transport === "sse")) {
      this.idle();
    }
  }

  closed(): void {
    this.#enter("closed");
  }

  useSse(): void {
    this.#change({ ...this.#current, transport: "sse" });
  }

  /** The next attempt is made at this time; null: it runs. */
  waitingUntil(nextAttemptAt: Date | null): void {
    this.#change({ ...this.#current, nextAttemptAt });
  }

  #enter(status: ConnectionStatus, reason: string | null = null): void {
    const since = status === this.#current.status ? this.#current.since : new Date();
    this.#change({ ...this.#current, status, reason, since, nextAttemptAt: null });
  }

  #change(next: Connection): void {
    const before = this.#current;
    if (before.status === "closed" || isSame(before, next)) {
      return;
    }
    this.#current = next;
    if (next.status !== before.status) {
      this.#watchOutage();
    }
    for (const listener of [...this.#listeners]) {
      listener(next);
    }
  }

  #watchOutage(): void {
    const { status } = this.#current;
    if (status === "unreachable") {
      return;
    }
    clearTimeout(this.#outage);
    if (status === "connecting" || status === "reconnecting") {
      this.#outage = setTimeout(() => {
        this.#change({ ...this.#current, status: "unreachable" });
      }, UNREACHABLE_AFTER_MS);
    }
  }
}

function isSame(one: Connection, other: Connection): boolean {
  return (
    one.status === other.status &&
    one.transport === other.transport &&
    one.reason === other.reason &&
    one.nextAttemptAt?.getTime() === other.nextAttemptAt?.getTime()
  );
}
