import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from "@apollo/client";
import { ServerError } from "@apollo/client/errors";
import { SetContextLink } from "@apollo/client/link/context";
import { RetryLink } from "@apollo/client/link/retry";
import { OperationTypeNode } from "graphql";
import { type ClientOptions, createClient, type TickqlClient, type Token } from "tickql-client";

import { SubscriptionLink } from "./subscription-link.ts";
import { typePolicies } from "./type-policies.ts";

/**
 * The first pause before a query is sent again, the longest, how often it is sent at most, and after which failures: what
 * the server itself refuses it would refuse again. Apollo adds jitter.
 */
const RETRY = {
  delay: { initial: 200, max: 5_000, jitter: true },
  attempts: { max: 5, retryIf: (error: unknown) => !(ServerError.is(error) && error.statusCode < 500) },
};

/**
 * Longest wait for the answer to a query: a browser may send it over a kept connection that is dead. The API takes up to
 * 12 s, for the picture of a page.
 */
const ANSWER_MS = 20_000;

export interface Tickql {
  /** For queries, subscriptions and the cache. */
  readonly apollo: ApolloClient;
  /** The connection for subscriptions: its state, `renewToken`, `close`. */
  readonly tickql: TickqlClient;
}

/** Creates an Apollo Client for a tickql API: queries over HTTP, subscriptions over one WebSocket. */
export function createTickql(options: ClientOptions): Tickql {
  const tickql = createClient(options);
  const overHttp = ApolloLink.from([
    new RetryLink(RETRY),
    authorization(options.token ?? null),
    new HttpLink({ uri: String(options.url), fetch: fetchInTime }),
  ]);
  const link = ApolloLink.split(
    ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
    new SubscriptionLink(tickql),
    overHttp,
  );
  const cache = new InMemoryCache({ typePolicies: typePolicies() });
  return { apollo: new ApolloClient({ link, cache }), tickql };
}

function fetchInTime(address: RequestInfo | URL, request?: RequestInit): Promise<Response> {
  const deadline = AbortSignal.timeout(ANSWER_MS);
  const signal = request?.signal ? AbortSignal.any([request.signal, deadline]) : deadline;
  return fetch(address, { ...request, signal });
}

function authorization(token: Token): ApolloLink {
  return new SetContextLink(async (context) => {
    const { headers } = context as { readonly headers?: Record<string, string> };
    const current = typeof token === "function" ? await token() : token;
    return current === null ? {} : { headers: { ...headers, authorization: `Bearer ${current}` } };
  });
}
