import type { Operation, Result } from "./operation.js";

/** How a subscription continues where it was interrupted. */
export interface Resume {
  /** The variable that takes the cursor of the last tick received: `after`. */
  readonly variable: string;
  /** Returns the cursor of a result; undefined if it has none. */
  readonly cursorOf: (data: Readonly<Record<string, unknown>>) => string | undefined;
}

/** An operation whose variables say, whenever they are sent, where to continue. */
export class ResumableOperation {
  readonly operation: Operation;
  readonly #resume: Resume | undefined;
  #cursor: unknown;

  constructor(operation: Operation, resume?: Resume) {
    this.#resume = resume;
    if (resume === undefined) {
      this.operation = operation;
      return;
    }
    this.#cursor = operation.variables?.[resume.variable];
    // Both transports turn the variables into JSON anew for each connection, and so read the newest cursor.
    const variables = Object.defineProperty({ ...operation.variables }, resume.variable, {
      enumerable: true,
      get: () => this.#cursor,
    });
    this.operation = { ...operation, variables };
  }

  /** Takes note of a result that the client has received. */
  receive(result: Result): void {
    if (this.#resume !== undefined && result.data) {
      this.#cursor = this.#resume.cursorOf(result.data) ?? this.#cursor;
    }
  }
}
