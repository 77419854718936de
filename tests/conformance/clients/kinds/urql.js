// urql: queries over fetch; subscriptions over graphql-ws, or over fetch as server-sent events.
import { Client, fetchExchange, subscriptionExchange } from "@urql/core";
import { PRICE, restarting, resuming, TICKS } from "../operations.js";
import { webSocketClient } from "./graphql-ws.js";

function urql(url, more, follow, close = () => {}) {
  const client = new Client({ url, preferGetMethod: false, requestPolicy: "network-only", ...more });
  const query = (symbol) => client.query(PRICE, { symbol }).toPromise();
  return {
    follow: (symbol, follower) => follow(client, symbol, follower),
    price: async (symbol) => (await query(symbol)).data.lastPrice,
    refusal: async (symbol) => (await query(symbol)).error.graphQLErrors[0].extensions.code,
    close,
  };
}

export function webSocket(url) {
  const client = webSocketClient(url);
  const followers = new Map();
  const forwardSubscription = ({ query, variables }) => ({
    subscribe(sink) {
      const { symbol } = variables;
      return { unsubscribe: client.subscribe({ query, variables: resuming(symbol, followers.get(symbol)) }, sink) };
    },
  });
  const follow = (urqlClient, symbol, follower) => {
    followers.set(symbol, follower);
    const running = urqlClient.subscription(TICKS, { symbol }).subscribe(({ data }) => follower.receive(data.ticks));
    return () => running.unsubscribe();
  };
  const exchanges = [subscriptionExchange({ forwardSubscription }), fetchExchange];
  return urql(url, { exchanges }, follow, () => client.dispose());
}

export function overFetch(url) {
  const follow = (client, symbol, follower) =>
    restarting((after) => {
      let running;
      const ended = new Promise((resolve) => {
        running = client.subscription(TICKS, { symbol, after }).subscribe(({ data, error, hasNext }) => {
          if (data && !error) follower.receive(data.ticks);
          if (error || !hasNext) resolve();
        });
      });
      return { ended, cancel: () => running.unsubscribe() };
    }, follower);
  return urql(url, { exchanges: [fetchExchange], fetchSubscriptions: true }, follow);
}
