import { delayMs } from "./backoff.js";
import type { ConnectionState } from "./connection.js";
import { isTransient, mayPass, TokenRefused } from "./errors.js";
import type { Operation, Result, Sink, Transport } from "./operation.js";
import { ResumableOperation, type Resume } from "./resume.js";
import type { TokenSource } from "./token.js";

/** What all subscriptions of a client share. */
interface Shared {
  readonly transport: Transport;
  readonly tokens: TokenSource;
  readonly state: ConnectionState;
}

/**
 * A subscription that lasts until it is stopped or refused: over reconnects, which are the transport's affair, and over
 * errors that pass. With `resume` it continues behind the last result.
 */
export class Subscription {
  readonly #shared: Shared;
  readonly #operation: ResumableOperation;
  #isRunning = false;
  #attempt = 0;
  /** Ends what goes on now: the operation, the pause before the next attempt, or the wait for a token. */
  #endStep: () => void = () => undefined;

  constructor(shared: Shared, operation: Operation, resume?: Resume) {
    this.#shared = shared;
    this.#operation = new ResumableOperation(operation, resume);
  }

  /** Starts it, or after `stop` continues. */
  start(sink: Sink<Result>): void {
    const { state, tokens } = this.#shared;
    this.#isRunning = true;
    state.begin();
    if (tokens.isAwaited) {
      this.#awaitToken(sink);
    } else {
      this.#send(sink);
    }
  }

  stop(): void {
    this.#endStep();
    if (this.#isRunning) {
      this.#isRunning = false;
      this.#shared.state.end();
    }
  }

  #send(sink: Sink<Result>): void {
    let isCurrent = true;
    const stop = this.#shared.transport.subscribe(this.#operation.operation, {
      next: (result) => {
        if (isCurrent) {
          this.#receive(result, sink);
        }
      },
      error: (error) => {
        if (isCurrent) {
          this.#fail(error, sink);
        }
      },
      complete: () => {
        if (isCurrent) {
          this.stop();
          sink.complete();
        }
      },
    });
    this.#endStep = () => {
      isCurrent = false;
      stop();
    };
  }

  #receive(result: Result, sink: Sink<Result>): void {
    if (isTransient(result.errors ?? [])) {
      this.#retry(sink);
      return;
    }
    this.#attempt = 0;
    this.#operation.receive(result);
    sink.next(result);
  }

  #fail(error: Error, sink: Sink<Result>): void {
    if (error instanceof TokenRefused && this.#shared.tokens.keepsRefused) {
      this.#awaitToken(sink);
    } else if (mayPass(error)) {
      this.#retry(sink);
    } else {
      this.stop();
      sink.error(error);
    }
  }

  #retry(sink: Sink<Result>): void {
    this.#endStep();
    const timer = setTimeout(() => {
      this.#send(sink);
    }, delayMs(this.#attempt));
    this.#attempt += 1;
    this.#endStep = () => {
      clearTimeout(timer);
    };
  }

  #awaitToken(sink: Sink<Result>): void {
    this.#endStep();
    this.#endStep = this.#shared.tokens.awaitNew(() => {
      this.#send(sink);
    });
  }
}
