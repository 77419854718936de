import { dataOf, TickqlError, TokenRefused, Unreachable } from "./errors.js";
import type { Operation, Result } from "./operation.js";
import type { TokenSource } from "./token.js";

/** Longest wait for the answer to a query. */
const ANSWER_MS = 30_000;
const UNAUTHENTICATED = 401;

/**
 * Sends a query as a POST request. Returns its data.
 * Throws a `TickqlError`, `TokenRefused`, `Unreachable`, or the reason of an aborted `signal`.
 */
export async function query(
  url: URL,
  tokens: TokenSource,
  operation: Operation,
  signal?: AbortSignal,
): Promise<Readonly<Record<string, unknown>>> {
  const response = await post(url, await tokens.headers(), operation, signal);
  const answer = (await response.json().catch(() => null)) as Result | null;
  if (response.status === UNAUTHENTICATED) {
    throw new TokenRefused(answer?.errors?.[0]?.message ?? "the token is not accepted");
  }
  if (answer === null || typeof answer !== "object") {
    throw new Unreachable(`${url.href} answered ${String(response.status)}, and no GraphQL result`);
  }
  if (!response.ok && !answer.errors?.length) {
    throw new TickqlError([{ message: `${url.href} answered ${String(response.status)}` }]);
  }
  return dataOf(answer);
}

async function post(
  url: URL,
  headers: Record<string, string>,
  operation: Operation,
  signal?: AbortSignal,
): Promise<Response> {
  const deadline = AbortSignal.timeout(ANSWER_MS);
  try {
    return await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json", ...headers },
      body: JSON.stringify(operation),
      signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
    });
  } catch (error) {
    signal?.throwIfAborted();
    throw new Unreachable(`${url.href} cannot be reached`, { cause: error });
  }
}
