/** A GraphQL operation as it is sent to the API. */
export interface Operation {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly operationName?: string | null;
}

/** An error of the API. `extensions.code` is one of the codes in docs/protocol.md. */
export interface GraphQLErrorData {
  readonly message: string;
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** One result of an operation. */
export interface Result {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly GraphQLErrorData[];
}

/** Receives the results of an operation. After `error` or `complete` nothing more comes. */
export interface Sink<T> {
  next(value: T): void;
  error(error: Error): void;
  complete(): void;
}
