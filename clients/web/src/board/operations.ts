import { graphql } from "../graphql/gql.ts";
import type { BoardSubscription, FeedStatusSubscription } from "../graphql/graphql.ts";

/** Only what cannot be computed from the rest: thousands of symbols may tick in the same frame. */
export const BOARD = graphql(`
  subscription Board($maxHz: Float!) {
    board(maxHz: $maxHz) {
      symbol
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

export const FEED_STATUS = graphql(`
  subscription FeedStatus {
    feedStatus {
      state
      reason
      since
      symbols {
        symbol
        state
        reason
      }
    }
  }
`);

export const SYMBOLS = graphql(`
  query Symbols {
    symbols
  }
`);

export type BoardTick = BoardSubscription["board"][number];
export type FeedStatus = FeedStatusSubscription["feedStatus"];
export type SymbolStatus = FeedStatus["symbols"][number];
