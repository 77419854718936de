import { createClient, type RequestParams } from "graphql-sse";

import { pause } from "./backoff.js";
import type { ConnectionState } from "./connection.js";
import { TickqlError, Unreachable } from "./errors.js";
import type { GraphQLErrorData, Operation, Result, Sink, Transport } from "./operation.js";
import type { TokenSource } from "./token.js";

/** The API sends a comment each 15 s unless set otherwise: a longer silence is a dead connection. */
const SILENCE_MS = 45_000;
const UNAUTHENTICATED = 401;
/** Statuses that the same request gets again. Others come from something between client and API, and pass. */
const PERMANENT = new Set([400, 403, 405, 406, 413, 415, 421]);

/** A request for each subscription, answered by server-sent events, by npm graphql-sse. */
export class SseTransport implements Transport {
  readonly #url: URL;
  readonly #tokens: TokenSource;
  readonly #state: ConnectionState;
  readonly #running = new Set<() => void>();
  /** Subscriptions whose stream is broken. */
  readonly #broken = new Set<object>();

  constructor(url: URL, tokens: TokenSource, state: ConnectionState) {
    this.#url = url;
    this.#tokens = tokens;
    this.#state = state;
  }

  subscribe(operation: Operation, sink: Sink<Result>): () => void {
    const self = {};
    let fatal: Error | null = null;
    const lost = (reason: string): void => {
      this.#broken.add(self);
      this.#state.set("reconnecting", reason);
    };
    // A client for each subscription: graphql-sse does not tell `retry` which of them has failed, nor why.
    const client = createClient({
      url: this.#url.href,
      headers: () => this.#tokens.headers(),
      retryAttempts: Infinity,
      retry: async (attempt) => {
        if (fatal !== null) {
          throw fatal;
        }
        lost(this.#state.current.reason ?? "the stream was interrupted");
        await pause(attempt);
      },
      fetchFn: async (address: string, request: RequestInit) => {
        const response = await fetch(address, request).catch((error: unknown) => {
          lost("the server cannot be reached");
          throw error;
        });
        if (response.ok) {
          this.#tokens.accepted();
          this.#connected(self);
          return withDeadline(response);
        }
        fatal = await this.#refusal(response);
        if (fatal === null) {
          lost(`the server answered ${String(response.status)}`);
        }
        return response;
      },
    });
    const end = (): void => {
      this.#running.delete(stop);
      this.#connected(self);
    };
    const cancel = client.subscribe<Record<string, unknown>, Record<string, unknown>>(requestOf(operation), {
      next: (result) => {
        sink.next(result);
      },
      error: (error) => {
        end();
        sink.error(error instanceof Error ? error : new Unreachable(String(error)));
      },
      complete: () => {
        end();
        sink.complete();
      },
    });
    const stop = (): void => {
      cancel();
      end();
    };
    this.#running.add(stop);
    return stop;
  }

  close(): void {
    for (const stop of [...this.#running]) {
      stop();
    }
  }

  #connected(subscription: object): void {
    this.#broken.delete(subscription);
    const { status } = this.#state.current;
    if (this.#broken.size === 0 && status !== "refused" && status !== "closed") {
      this.#state.set(this.#running.size === 0 ? "idle" : "connected");
    }
  }

  /** The error that a response means; null: another request may succeed. */
  async #refusal(response: Response): Promise<Error | null> {
    const errors = await errorsOf(response);
    const message = errors[0]?.message ?? `the server answered ${String(response.status)}`;
    if (response.status === UNAUTHENTICATED) {
      const refusal = this.#tokens.refused(message);
      if (refusal !== null) {
        this.#state.set("refused", refusal.message);
      }
      return refusal;
    }
    if (!PERMANENT.has(response.status)) {
      return null;
    }
    return errors.length > 0 ? new TickqlError(errors) : new Unreachable(message);
  }
}

/** A copy that shares the variables, which may be read anew for each request. */
function requestOf({ query, variables, operationName }: Operation): RequestParams {
  return { query, variables: variables ?? {}, ...(operationName == null ? {} : { operationName }) };
}

async function errorsOf(response: Response): Promise<readonly GraphQLErrorData[]> {
  const answer = (await response.json().catch(() => null)) as Result | null;
  return answer?.errors ?? [];
}

/** Returns a response whose body fails when nothing comes for a while. */
function withDeadline(response: Response): Response {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const watch = (controller: TransformStreamDefaultController<Uint8Array>): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      controller.error(new Error(`nothing was received for ${String(SILENCE_MS / 1000)} s`));
    }, SILENCE_MS);
  };
  const watched = new TransformStream<Uint8Array, Uint8Array>({
    start: watch,
    transform(chunk, controller) {
      watch(controller);
      controller.enqueue(chunk);
    },
    flush() {
      clearTimeout(timer);
    },
  });
  const body = response.body;
  if (body === null) {
    clearTimeout(timer);
    return response;
  }
  // When the subscription ends, or the connection breaks, `flush` is not called.
  void body.pipeTo(watched.writable).catch(() => {
    clearTimeout(timer);
  });
  return new Response(watched.readable, response);
}
