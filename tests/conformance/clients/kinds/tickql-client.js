// The package tickql-client: by itself, and as what urql and others subscribe with.
import { Client, fetchExchange, subscriptionExchange } from "@urql/core";
import { createClient } from "tickql-client";
import { PRICE, TICKS } from "../operations.js";

const codeOf = (promise) => promise.then(() => null).catch((error) => error.code);

export function iterators(url, transport) {
  const tickql = createClient({ url, transport });
  return {
    follow(symbol, follower) {
      const abort = new AbortController();
      (async () => {
        for await (const tick of tickql.ticks(symbol, { signal: abort.signal })) follower.receive(tick);
      })().catch((error) => abort.signal.aborted || console.error(error));
      return () => abort.abort();
    },
    price: (symbol) => tickql.lastPrice(symbol),
    refusal: (symbol) => codeOf(tickql.lastPrice(symbol)),
    close: () => tickql.close(),
  };
}

const resume = { variable: "after", cursorOf: (data) => data.ticks.cursor };

export function urql(url) {
  const tickql = createClient({ url });
  const forwardSubscription = (operation) => ({
    subscribe: (sink) => ({ unsubscribe: tickql.subscribe(operation, sink, resume) }),
  });
  const client = new Client({
    url,
    preferGetMethod: false,
    requestPolicy: "network-only",
    exchanges: [subscriptionExchange({ forwardSubscription }), fetchExchange],
  });
  const query = (symbol) => client.query(PRICE, { symbol }).toPromise();
  return {
    follow(symbol, follower) {
      const running = client.subscription(TICKS, { symbol }).subscribe(({ data }) => follower.receive(data.ticks));
      return () => running.unsubscribe();
    },
    price: async (symbol) => (await query(symbol)).data.lastPrice,
    refusal: async (symbol) => (await query(symbol)).error.graphQLErrors[0].extensions.code,
    close: () => tickql.close(),
  };
}
