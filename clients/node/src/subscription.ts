import { delayMs } from "./backoff.js";
import type { ConnectionState } from "./connection.js";
import { isTransient, mayPass, TokenRefused } from "./errors.js";
import type { Operation, Result, Sink } from "./operation.js";
import { ResumableOperation, type Resume } from "./resume.js";
import type { TokenSource } from "./token.js";
import type { Transport } from "./transport.js";

/** What the subscriptions of a client share. */
export interface Shared {
  readonly transport: Transport;
  readonly tokens: TokenSource;
  readonly state: ConnectionState;
  /** Those that have been started and not ended. */
  readonly running: Set<Subscription>;
}

/**
 * A subscription that lasts until it is stopped or refused: over reconnects, which are the transport's affair, and over
 * errors that pass. With `resume` it continues behind the last result.
 */
export class Subscription {
  readonly #shared: Shared;
  readonly #operation: ResumableOperation;
  #sink: Sink<Result> | null = null;
  #attempt = 0;
  /** Ends what goes on now: the operation, the pause before the next attempt, or the wait for a token. */
  #endStep: () => void = () => undefined;

  constructor(shared: Shared, operation: Operation, resume?: Resume) {
    this.#shared = shared;
    this.#operation = new ResumableOperation(operation, resume);
  }

  /** Starts it, or after `stop` continues. On a closed client it is complete at once. */
  start(sink: Sink<Result>): void {
    const { running, state, tokens } = this.#shared;
    if (state.current.status === "closed") {
      sink.complete();
      return;
    }
    running.add(this);
    this.#sink = sink;
    if (tokens.isAwaited) {
      this.#awaitToken();
    } else {
      this.#send();
    }
  }

  stop(): void {
    const { running, state } = this.#shared;
    this.#endStep();
    this.#sink = null;
    if (running.delete(this) && running.size === 0) {
      state.unused();
    }
  }

  /** Sends its operation anew, over the transport that the client has moved to. */
  restart(): void {
    if (!this.#shared.tokens.isAwaited) {
      this.#endStep();
      this.#send();
    }
  }

  /** Ends it as if the API had. */
  complete(): void {
    const sink = this.#sink;
    this.stop();
    sink?.complete();
  }

  #send(): void {
    let isCurrent = true;
    const end = this.#shared.transport.subscribe(this.#operation.operation, {
      next: (result) => {
        if (isCurrent) {
          this.#receive(result);
        }
      },
      error: (error) => {
        if (isCurrent) {
          this.#fail(error);
        }
      },
      complete: () => {
        if (isCurrent) {
          this.complete();
        }
      },
    });
    this.#endStep = () => {
      isCurrent = false;
      end();
    };
  }

  #receive(result: Result): void {
    if (isTransient(result.errors ?? [])) {
      this.#retry();
      return;
    }
    this.#attempt = 0;
    this.#operation.receive(result);
    this.#sink?.next(result);
  }

  #fail(error: Error): void {
    if (error instanceof TokenRefused && this.#shared.tokens.keepsRefused) {
      this.#awaitToken();
    } else if (mayPass(error)) {
      this.#retry();
    } else {
      const sink = this.#sink;
      this.stop();
      sink?.error(error);
    }
  }

  #retry(): void {
    this.#endStep();
    const timer = setTimeout(() => {
      this.#send();
    }, delayMs(this.#attempt));
    this.#attempt += 1;
    this.#endStep = () => {
      clearTimeout(timer);
    };
  }

  #awaitToken(): void {
    this.#endStep();
    this.#endStep = this.#shared.tokens.awaitNew(() => {
      this.#send();
    });
  }
}
