/** Close codes, see docs/protocol.md. */
const NORMAL = 1000;
const FORBIDDEN = 4403;
/** Codes of the protocol begin here. */
const FIRST_OF_SERVER = 4400;
/** graphql-ws's own, for a connection that it was told to give up. */
const TERMINATED = 4499;

/** What a WebSocket tells of its end. */
interface CloseReason {
  readonly code: number;
  readonly reason: string;
}

function isClose(event: unknown): event is CloseReason {
  return typeof event === "object" && event !== null && "code" in event && "reason" in event;
}

/** Whether this client has closed the connection, because nothing was subscribed to. */
export function isUnused(event: unknown): boolean {
  return isClose(event) && event.code === NORMAL;
}

/** Whether a server of the protocol has closed the connection, and nothing in between. */
export function isOfServer(event: unknown): boolean {
  return isClose(event) && event.code >= FIRST_OF_SERVER && event.code < TERMINATED;
}

/** Whether the server did not accept the token. */
export function isRefusal(event: unknown): event is CloseReason {
  return isClose(event) && event.code === FORBIDDEN;
}

/** A sentence for people about the end of a connection. */
export function textOf(event: unknown): string {
  if (isClose(event) && event.code === TERMINATED) {
    return "the server does not answer";
  }
  if (isClose(event)) {
    return event.reason === "" ? `the connection broke (code ${String(event.code)})` : event.reason;
  }
  const message = typeof event === "object" && event !== null && "message" in event ? event.message : null;
  return typeof message === "string" && message !== "" ? message : "the server cannot be reached";
}
