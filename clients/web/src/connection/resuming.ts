import type { OperationVariables } from "@apollo/client";

const CURSOR_ARGUMENT = "after";

/**
 * The variables of an operation that resumes: `after` is the cursor of the newest tick that has arrived. The transport
 * writes the variables anew at each reconnect, and so asks for the tick behind that one.
 */
export class ResumingVariables {
  readonly variables: OperationVariables;
  #cursor: unknown;

  constructor(variables: OperationVariables) {
    this.#cursor = variables[CURSOR_ARGUMENT];
    this.variables = Object.defineProperty({ ...variables }, CURSOR_ARGUMENT, {
      enumerable: true,
      get: () => this.#cursor,
    });
  }

  /** Notes the tick in a result, if it has one. */
  note(data: unknown): void {
    const tick = (data as { ticks?: { cursor?: string } } | null | undefined)?.ticks;
    if (tick?.cursor !== undefined) {
      this.#cursor = tick.cursor;
    }
  }
}
