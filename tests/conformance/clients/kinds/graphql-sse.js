// npm graphql-sse with distinct connections: one request for each operation.
import { createClient } from "graphql-sse";
import { PRICE, pause, resuming, TICKS } from "../operations.js";

export default function (url) {
  const client = createClient({ url, retryAttempts: Infinity, retry: pause });
  const price = async (symbol) => {
    for await (const result of client.iterate({ query: PRICE, variables: { symbol } })) return result;
  };
  return {
    follow(symbol, follower) {
      const sink = { next: ({ data }) => follower.receive(data.ticks), error: console.error, complete() {} };
      return client.subscribe({ query: TICKS, variables: resuming(symbol, follower) }, sink);
    },
    price: async (symbol) => (await price(symbol)).data.lastPrice,
    refusal: async (symbol) => (await price(symbol)).errors[0].extensions.code,
    close: () => client.dispose(),
  };
}
