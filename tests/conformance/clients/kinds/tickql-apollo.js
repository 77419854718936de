// The Apollo module of clients/web/src/tickql: with its stock link for subscriptions, ticks would be lost.
import { gql } from "@apollo/client";
import { createTickql } from "../../../../clients/web/src/tickql/apollo.ts";
import { PRICE, TICKS } from "../operations.js";

export default function (url) {
  const { apollo, tickql } = createTickql({ url });
  const query = (symbol, fetchPolicy) => apollo.query({ query: gql(PRICE), variables: { symbol }, fetchPolicy });
  return {
    follow(symbol, follower) {
      const running = apollo
        .subscribe({ query: gql(TICKS), variables: { symbol } })
        .subscribe({ next: ({ data }) => follower.receive(data.ticks), error: console.error });
      return () => running.unsubscribe();
    },
    // Without a request: the cache has it from the subscription.
    price: async (symbol) => (await query(symbol, "cache-only")).data.lastPrice,
    refusal: (symbol) => query(symbol, "no-cache").catch((error) => error.errors[0].extensions.code),
    close() {
      apollo.stop();
      tickql.close();
    },
  };
}
