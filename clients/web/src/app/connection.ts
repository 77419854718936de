import type { ApolloClient } from "@apollo/client";
import type { TickqlClient } from "tickql-client";

import { compareClocks } from "../clock/clock-check.ts";
import { ServerClock } from "../clock/server-clock.ts";
import { createTickql } from "../tickql/index.ts";
import { storedToken } from "./token.ts";

/** Everything through which the page talks to its server. */
export interface Connection {
  /** The address of the GraphQL endpoint. */
  readonly endpoint: URL;
  readonly clock: ServerClock;
  /** The connection for subscriptions. */
  readonly tickql: TickqlClient;
  readonly client: ApolloClient;
}

/** Returns the connection to the server at `base`, the address of the page. */
export function connect(base: URL): Connection {
  const endpoint = new URL("graphql", base);
  const clock = new ServerClock();
  compareClocks(new URL("healthz", base), clock);
  const { apollo, tickql } = createTickql({ url: endpoint, token: storedToken, whenRefused: "wait" });
  return { endpoint, clock, tickql, client: apollo };
}
