import type { Fetcher, FetcherParams, Observable } from "@graphiql/toolkit";
import { Kind, OperationTypeNode, parse } from "graphql";
import type { OperationDefinitionNode } from "graphql";
import { createClient } from "graphql-ws";
import type { Client, ExecutionResult, Sink } from "graphql-ws";

import { NewestPerFrame } from "./frames.ts";
import { withToken } from "./token.ts";

/** The close code of a server that does not accept the token. */
const FORBIDDEN = 4403;

type Headers = Record<string, string>;

/** Returns a GraphiQL fetcher: queries over HTTP POST, subscriptions over `graphql-transport-ws`, to `endpoint`. */
export function createFetcher(endpoint: URL): Fetcher {
  let headers: Headers = {};
  const client = createClient<Headers>({
    url: endpoint.href.replace(/^http/, "ws"),
    // A browser cannot set headers on a WebSocket: the token and the text of the headers editor become the payload of
    // `connection_init`.
    connectionParams: () => withToken(headers),
    // The same token would be refused again.
    shouldRetry: (error) => error instanceof CloseEvent && error.code !== FORBIDDEN,
  });
  return (params, options) => {
    headers = options?.headers ?? {};
    const operation = selectedOperation(params);
    const request = { ...params, operationName: operation?.name?.value ?? params.operationName ?? null };
    return operation?.operation === OperationTypeNode.SUBSCRIPTION
      ? subscription(client, request)
      : post(endpoint, request, headers);
  };
}

/**
 * Returns the operation to run: the one with the given name, or the only one. Undefined if there is none: the server
 * then answers with the error.
 * The text is parsed again because, just after a change of tabs, GraphiQL passes the parsed document and operation
 * name of the previous tab.
 */
function selectedOperation({ query, operationName }: FetcherParams): OperationDefinitionNode | undefined {
  const operations = operationsIn(query);
  return (
    operations.find(({ name }) => name?.value === operationName) ??
    (operations.length === 1 ? operations[0] : undefined)
  );
}

function operationsIn(query: string): OperationDefinitionNode[] {
  try {
    return parse(query).definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  } catch {
    return [];
  }
}

async function post(endpoint: URL, params: FetcherParams, headers: Headers): Promise<ExecutionResult> {
  const response = await fetch(endpoint, {
    method: "POST",
    headers: withToken({ "content-type": "application/json", accept: "application/json", ...headers }),
    body: JSON.stringify(params),
  });
  const text = await response.text();
  try {
    return JSON.parse(text) as ExecutionResult;
  } catch {
    throw new Error(`the server answered ${String(response.status)} without a GraphQL result: ${text.slice(0, 200)}`);
  }
}

function subscription(client: Client, params: FetcherParams): Observable<ExecutionResult> {
  const subscribe = (pane: Sink<ExecutionResult>): { unsubscribe: () => void } => {
    const frames = new NewestPerFrame<ExecutionResult>((result) => {
      pane.next(result);
    });
    const stop = client.subscribe(
      {
        query: params.query,
        operationName: params.operationName ?? null,
        variables: params.variables as Record<string, unknown> | undefined,
      },
      {
        next: (result) => {
          frames.offer(result as ExecutionResult);
        },
        error: (error) => {
          frames.flush();
          pane.error(readable(error));
        },
        complete: () => {
          frames.flush();
          pane.complete();
        },
      },
    );
    return {
      unsubscribe: () => {
        frames.close();
        stop();
      },
    };
  };
  // GraphiQL subscribes with an observer object only; the type also has the positional forms of RxJS.
  return { subscribe } as Observable<ExecutionResult>;
}

/** Replaces a CloseEvent, which GraphiQL shows as `{"isTrusted":true}`, by an error with its code and reason. */
function readable(error: unknown): unknown {
  if (error instanceof CloseEvent) {
    if (error.code === FORBIDDEN) {
      return new Error(`${error.reason}: enter one in the field Token above`);
    }
    const reason = error.reason === "" ? "the server cannot be reached" : error.reason;
    return new Error(`the WebSocket closed with code ${String(error.code)}: ${reason}`);
  }
  return error;
}
