// The operations of the client, checked against schema.graphql by a test. `mid` and `spread` are left out: they are
// computed for those who ask for them.
const TICK = "symbol cursor seq timestamp publishedAt ask bid last skipped gap { after reason lost }";

export const TICKS = `subscription Ticks($symbol: String!, $after: ID, $delivery: Delivery!, $maxHz: Float) {
  ticks(symbol: $symbol, after: $after, delivery: $delivery, maxHz: $maxHz) { ${TICK} }
}`;

export const BOARD = `subscription Board($symbols: [String!], $maxHz: Float!) {
  board(symbols: $symbols, maxHz: $maxHz) { ${TICK} }
}`;

export const FEED_STATUS = `subscription FeedStatus {
  feedStatus { state reason since symbols { symbol state reason since lastTickAt } }
}`;

export const LAST_PRICE = `query LastPrice($symbol: String!) { lastPrice(symbol: $symbol) { ${TICK} } }`;

export const LAST_PRICES = `query LastPrices($symbols: [String!]) { lastPrices(symbols: $symbols) { ${TICK} } }`;

export const SYMBOLS = "query Symbols { symbols }";

export const HISTORY = `query History(
  $symbol: String!, $first: Int, $after: ID, $last: Int, $before: ID, $from: DateTime, $to: DateTime
) {
  history(symbol: $symbol, first: $first, after: $after, last: $last, before: $before, from: $from, to: $to) {
    edges { node { symbol cursor seq timestamp publishedAt ask bid last gap { after reason lost } } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    gap { after reason lost }
  }
}`;
