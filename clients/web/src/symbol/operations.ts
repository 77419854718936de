import { graphql } from "../graphql/gql.ts";
import type { SymbolTicksSubscription } from "../graphql/graphql.ts";

export const SYMBOL_HISTORY = graphql(`
  query SymbolHistory($symbol: String!, $last: Int!) {
    history(symbol: $symbol, last: $last) {
      edges {
        node {
          cursor
          timestamp
          bid
          ask
          last
          gap {
            reason
            lost
          }
        }
      }
    }
  }
`);

export const SYMBOL_TICKS = graphql(`
  subscription SymbolTicks($symbol: String!, $after: ID) {
    ticks(symbol: $symbol, after: $after) {
      cursor
      timestamp
      bid
      ask
      last
      gap {
        reason
        lost
      }
    }
  }
`);

/** A tick of the symbol, stored or live. */
export type SymbolTick = Omit<SymbolTicksSubscription["ticks"], "__typename">;
