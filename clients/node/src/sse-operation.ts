import { createClient, type RequestParams } from "graphql-sse";

import { TickqlError, Unreachable } from "./errors.js";
import type { GraphQLErrorData, Operation, Result, Sink } from "./operation.js";
import { credentials } from "./token.js";
import type { TransportOptions } from "./transport.js";
import { WatchedStream } from "./watched-stream.js";

/** Longest wait for the head of a response: a browser may send the request over a kept connection that is dead. */
const ANSWER_MS = 10_000;
const UNAUTHENTICATED = 401;
/** Statuses that the same request gets again. Others come from something between client and API, and pass. */
const PERMANENT = new Set([400, 403, 405, 406, 413, 415, 421]);

/** One operation over server-sent events, by npm graphql-sse: over as many responses as it takes. */
export class SseOperation {
  /** Whether a response is being received. */
  isConnected = false;
  readonly #options: TransportOptions;
  readonly #onConnected: () => void;
  #cancel: () => void = () => undefined;
  #isStopped = false;
  #stream: WatchedStream | null = null;
  #sentToken: string | null = null;
  /** Requests that were refused since the last that was answered. */
  #refusals = 0;
  /** What ends the operation; null: another request may succeed. */
  #fatal: Error | null = null;

  constructor(options: TransportOptions, onConnected: () => void) {
    this.#options = options;
    this.#onConnected = onConnected;
  }

  start(operation: Operation, sink: Sink<Result>): void {
    // A client for each operation: graphql-sse does not tell `retry` which of them has failed, nor why.
    const client = createClient({
      url: this.#options.url.href,
      headers: () => this.#credentials(),
      retryAttempts: Infinity,
      retry: (attempt) => this.#retry(attempt),
      fetchFn: (address: string, request: RequestInit) => this.#request(address, request),
    });
    this.#options.state.connecting();
    this.#cancel = client.subscribe<Record<string, unknown>, Record<string, unknown>>(requestOf(operation), {
      next: (result) => {
        sink.next(result);
      },
      error: (error) => {
        sink.error(error instanceof Error ? error : new Unreachable(String(error)));
      },
      complete: () => {
        sink.complete();
      },
    });
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel();
  }

  replaceIfSilent(): void {
    this.#stream?.failIfSilent();
  }

  async #credentials(): Promise<Record<string, string>> {
    this.#sentToken = await this.#options.tokens.current();
    return credentials(this.#sentToken);
  }

  async #request(address: string, request: RequestInit): Promise<Response> {
    const response = await answer(address, request).catch((error: unknown) => {
      this.#lost("the server cannot be reached");
      throw error;
    });
    if (!response.ok) {
      this.#fatal = await this.#refusal(response);
      return response;
    }
    this.#refusals = 0;
    this.#stream = new WatchedStream(response);
    this.isConnected = true;
    this.#onConnected();
    return this.#stream.response;
  }

  /** Called after each response that has failed or broken off. */
  async #retry(attempt: number): Promise<void> {
    if (this.#fatal !== null) {
      throw this.#fatal;
    }
    this.#lost(this.#options.state.current.reason ?? "the stream was interrupted");
    await this.#options.pauses.wait(attempt);
  }

  #lost(reason: string): void {
    this.isConnected = false;
    if (!this.#isStopped) {
      this.#options.state.lost(reason);
    }
  }

  /** The error that a response means; null: another request may succeed. */
  async #refusal(response: Response): Promise<Error | null> {
    const errors = await errorsOf(response);
    const message = errors[0]?.message ?? `the server answered ${String(response.status)}`;
    if (response.status === UNAUTHENTICATED) {
      return this.#refused(message);
    }
    if (!PERMANENT.has(response.status)) {
      this.#lost(message);
      return null;
    }
    return errors.length > 0 ? new TickqlError(errors) : new Unreachable(message);
  }

  #refused(message: string): Error | null {
    const { state, tokens } = this.#options;
    this.#refusals += 1;
    const refusal = tokens.refused(message, this.#sentToken, this.#refusals === 1);
    if (refusal !== null) {
      state.refused(refusal.message);
    }
    return refusal;
  }
}

/** A copy that shares the variables, which may be read anew for each request. */
function requestOf({ query, variables, operationName }: Operation): RequestParams {
  return { query, variables: variables ?? {}, ...(operationName == null ? {} : { operationName }) };
}

/** Sends a request. Its body may take as long as it likes. */
async function answer(address: string, request: RequestInit): Promise<Response> {
  const late = new AbortController();
  const timer = setTimeout(() => {
    late.abort(new Error("the server does not answer"));
  }, ANSWER_MS);
  const signals = request.signal ? [request.signal, late.signal] : [late.signal];
  try {
    return await fetch(address, { ...request, signal: AbortSignal.any(signals) });
  } finally {
    clearTimeout(timer);
  }
}

async function errorsOf(response: Response): Promise<readonly GraphQLErrorData[]> {
  const answer = (await response.json().catch(() => null)) as Result | null;
  return answer?.errors ?? [];
}
