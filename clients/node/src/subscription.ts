import { pause } from "./backoff.js";
import { isTransient, mayPass } from "./errors.js";
import type { Operation, Result, Sink, Transport } from "./operation.js";
import { ResumableOperation, type Resume } from "./resume.js";

/**
 * A subscription that lasts until it is stopped or refused: over reconnects, which are the transport's affair, and over
 * errors of the API that pass. With `resume` it continues behind the last result.
 */
export class Subscription {
  readonly #transport: Transport;
  readonly #operation: ResumableOperation;
  #stop: (() => void) | null = null;

  constructor(transport: Transport, operation: Operation, resume?: Resume) {
    this.#transport = transport;
    this.#operation = new ResumableOperation(operation, resume);
  }

  /** Starts it, or after `stop` continues. */
  start(sink: Sink<Result>): void {
    let attempt = 0;
    let cancel = (): void => undefined;
    let stopped = false;
    const run = (): void => {
      cancel = this.#transport.subscribe(this.#operation.operation, {
        next: (result) => {
          if (isTransient(result.errors ?? [])) {
            again();
            return;
          }
          attempt = 0;
          this.#operation.receive(result);
          sink.next(result);
        },
        error: (error) => {
          if (mayPass(error)) {
            again();
          } else {
            sink.error(error);
          }
        },
        complete: () => {
          if (!retrying) {
            sink.complete();
          }
        },
      });
    };
    let retrying = false;
    const again = (): void => {
      if (retrying || stopped) {
        return;
      }
      retrying = true;
      cancel();
      void pause(attempt++).then(() => {
        retrying = false;
        if (!stopped) {
          run();
        }
      });
    };
    this.#stop = () => {
      stopped = true;
      cancel();
    };
    run();
  }

  stop(): void {
    this.#stop?.();
    this.#stop = null;
  }
}
