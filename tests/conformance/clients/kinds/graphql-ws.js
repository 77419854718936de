// npm graphql-ws: one lazy socket, which is opened again by the library.
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { PRICE, pause, resuming, TICKS } from "../operations.js";

export function webSocketClient(url) {
  return createClient({
    url: url.replace("http", "ws"),
    webSocketImpl: WebSocket,
    retryAttempts: Infinity,
    retryWait: pause,
    shouldRetry: () => true,
  });
}

export default function (url) {
  const client = webSocketClient(url);
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
