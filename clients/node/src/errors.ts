import type { GraphQLErrorData, Result } from "./operation.js";

/** The API has refused an operation, or failed. The message is the API's sentence. */
export class TickqlError extends Error {
  override readonly name: string = "TickqlError";
  /** The code of the first error: see docs/protocol.md, "Errors". Null if it has none. */
  readonly code: string | null;
  /** All errors as the API has sent them. */
  readonly errors: readonly GraphQLErrorData[];

  constructor(errors: readonly GraphQLErrorData[]) {
    super(errors.map(({ message }) => message).join("; "));
    const code = errors[0]?.extensions?.code;
    this.code = typeof code === "string" ? code : null;
    this.errors = errors;
  }
}

/** The API needs a token, or does not accept the one that it got (any more). */
export class TokenRefused extends Error {
  override readonly name = "TokenRefused";
}

/** There is no API at the address, or it cannot be reached. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
}

/** Errors of the API that another try may cure. */
const TRANSIENT = new Set(["BUSY", "FEED_UNAVAILABLE", "INTERRUPTED", "KEYS_UNAVAILABLE"]);

/** Close codes below these are of WebSockets in general: of a limit (1008), or of a proxy. */
const FIRST_OF_PROTOCOL = 4000;
/** Close codes that the same operation would get again: a message was malformed, or too large. */
const PERMANENT = new Set([1007, 1009]);

/** Whether the same operation may succeed later. */
export function isTransient(errors: readonly GraphQLErrorData[]): boolean {
  return errors.length > 0 && errors.every(({ extensions }) => TRANSIENT.has(String(extensions?.code)));
}

/** Whether an operation that has ended with this error may succeed later. graphql-ws itself gives up too early. */
export function mayPass(error: Error): boolean {
  if (error instanceof TickqlError) {
    return isTransient(error.errors);
  }
  const code = error instanceof Unreachable ? (error.cause as { code?: unknown } | undefined)?.code : null;
  return typeof code === "number" && code < FIRST_OF_PROTOCOL && !PERMANENT.has(code);
}

/** Returns the data of a result. Throws a `TickqlError` if it has errors. */
export function dataOf(result: Result): Readonly<Record<string, unknown>> {
  if (result.errors?.length) {
    throw new TickqlError(result.errors);
  }
  return result.data ?? {};
}
