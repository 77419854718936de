import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from "@apollo/client";
import { OperationTypeNode } from "graphql";

import { ServerClock } from "../clock/server-clock.ts";
import { FeedTransport } from "./feed-transport.ts";
import { serverAnswers } from "./server-check.ts";
import { subscriptionLink } from "./subscription-link.ts";
import { tokenHeaders } from "./token.ts";

/** How often this device's clock is compared with the server's `Date`. */
const CLOCK_CHECK_MS = 60_000;

/** Everything through which the page talks to its server. */
export interface Connection {
  /** The address of the GraphQL endpoint. */
  readonly endpoint: URL;
  readonly clock: ServerClock;
  readonly transport: FeedTransport;
  readonly client: ApolloClient;
}

/** Returns the connection to the server at `base`, the address of the page. */
export function connect(base: URL): Connection {
  const endpoint = new URL("graphql", base);
  const clock = new ServerClock();
  const check = (): Promise<boolean> => serverAnswers(new URL("healthz", base), clock);
  const transport = new FeedTransport(endpoint, check);
  const http = new HttpLink({
    uri: endpoint.href,
    fetch: (address, init) => {
      const headers = new Headers(init?.headers);
      for (const [name, value] of Object.entries(tokenHeaders())) {
        headers.set(name, value);
      }
      return fetch(address, { ...init, headers });
    },
  });
  const client = new ApolloClient({
    cache: new InMemoryCache(),
    link: ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      subscriptionLink(transport),
      http,
    ),
  });
  void check();
  setInterval(() => void check(), CLOCK_CHECK_MS);
  return { endpoint, clock, transport, client };
}
