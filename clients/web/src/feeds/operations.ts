import { graphql } from "../graphql/gql.ts";

/** Every feed file, as its producer reports it. */
export const FEED_FILES = graphql(`
  query FeedFiles {
    feedFiles {
      name
      state
      reason
      since
      reportedAt
      symbols {
        symbol
        state
        reason
        since
        lastTickAt
      }
      events {
        at
        symbol
        others
        state
        reason
      }
    }
  }
`);

/** What the producer of a feed file sees: asks for a picture. */
export const PAGE_VIEW = graphql(`
  query PageView($feedFile: String!) {
    pageView(feedFile: $feedFile) {
      problem
      takenAt
      page
      leftOut
      picture {
        url
        width
        height
        covered
      }
      fields {
        symbol
        field
        selector
        box {
          x
          y
          width
          height
        }
        text
        price
        observedAt
        state
        reason
      }
    }
  }
`);
