import type { Fetcher, FetcherParams, Observable } from "@graphiql/toolkit";
import { Kind, OperationTypeNode, parse } from "graphql";
import type { OperationDefinitionNode } from "graphql";
import { createClient } from "graphql-ws";
import type { Client, ExecutionResult, Sink } from "graphql-ws";

import { NewestPerFrame } from "./frames.ts";

type Headers = Record<string, string>;

/** A GraphiQL fetcher: queries by HTTP POST, subscriptions by `graphql-transport-ws`, both to `endpoint`. */
export function createFetcher(endpoint: URL): Fetcher {
  let headers: Headers = {};
  const client = createClient<Headers>({
    url: endpoint.href.replace(/^http/, "ws"),
    // A browser cannot set headers on a WebSocket: what the headers editor holds goes into the connection's opening.
    connectionParams: () => headers,
  });
  return (params, options) => {
    headers = options?.headers ?? {};
    const operation = chosenOperation(params);
    const request = { ...params, operationName: operation?.name?.value ?? params.operationName ?? null };
    return operation?.operation === OperationTypeNode.SUBSCRIPTION
      ? subscription(client, request)
      : post(endpoint, request, headers);
  };
}

/**
 * The operation to run: the named one, or the only one there is; undefined where the server had better say what is wrong.
 * Read from the text itself: just after a change of tab, the name and document that GraphiQL hands over are still the last tab's.
 */
function chosenOperation({ query, operationName }: FetcherParams): OperationDefinitionNode | undefined {
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
    headers: { "content-type": "application/json", accept: "application/json", ...headers },
    body: JSON.stringify(params),
  });
  const text = await response.text();
  try {
    return JSON.parse(text) as ExecutionResult;
  } catch {
    throw new Error(`the server answered ${String(response.status)} with no GraphQL result: ${text.slice(0, 200)}`);
  }
}

function subscription(client: Client, params: FetcherParams): Observable<ExecutionResult> {
  const subscribe = (screen: Sink<ExecutionResult>): { unsubscribe: () => void } => {
    const frames = new NewestPerFrame<ExecutionResult>((result) => {
      screen.next(result);
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
          screen.error(readable(error));
        },
        complete: () => {
          frames.flush();
          screen.complete();
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
  // GraphiQL only ever subscribes with an observer object; the type also lists the positional forms of RxJS.
  return { subscribe } as Observable<ExecutionResult>;
}

/** A CloseEvent prints as `{"isTrusted":true}`: say what it holds instead. Other errors stay as they are. */
function readable(error: unknown): unknown {
  if (error instanceof CloseEvent) {
    const reason = error.reason === "" ? "the server is not reachable" : error.reason;
    return new Error(`the WebSocket closed with code ${String(error.code)}: ${reason}`);
  }
  return error;
}
