/**
 * How the client is connected:
 * - `idle`: not, because nothing is subscribed to;
 * - `connecting`: for the first time, or again after `idle`;
 * - `connected`;
 * - `reconnecting`: the connection was lost, or could not be made; it is tried again;
 * - `refused`: the token is not accepted, and the subscriptions have ended;
 * - `closed`: by `close()`.
 */
export type ConnectionStatus = "idle" | "connecting" | "connected" | "reconnecting" | "refused" | "closed";

/** The state of the client's connection for subscriptions. */
export interface Connection {
  readonly status: ConnectionStatus;
  /** `sse`: server-sent events over HTTP, because something between client and API blocks WebSockets. */
  readonly transport: "websocket" | "sse";
  /** Why the connection is lost or refused; null in every other state. */
  readonly reason: string | null;
}

export type ConnectionListener = (connection: Connection) => void;

/** The state of the connection, and who is told of its changes. */
export class ConnectionState {
  readonly #listeners = new Set<ConnectionListener>();
  #current: Connection = { status: "idle", transport: "websocket", reason: null };

  get current(): Connection {
    return this.#current;
  }

  listen(listener: ConnectionListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  set(status: ConnectionStatus, reason: string | null = null): void {
    this.#change({ ...this.#current, status, reason });
  }

  useSse(): void {
    this.#change({ status: "connecting", transport: "sse", reason: null });
  }

  #change(next: Connection): void {
    const { status, transport, reason } = this.#current;
    // `refused` and `closed` are told once more only when a new attempt begins.
    if (next.status === status && next.transport === transport && next.reason === reason) {
      return;
    }
    this.#current = next;
    for (const listener of [...this.#listeners]) {
      listener(next);
    }
  }
}
