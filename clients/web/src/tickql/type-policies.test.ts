import { InMemoryCache } from "@apollo/client";
import { type DocumentNode, parse } from "graphql";
import { beforeEach, describe, expect, it } from "vitest";

import { typePolicies } from "./type-policies.ts";

const LAST_PRICE = parse(`query ($symbol: String!) { lastPrice(symbol: $symbol) { symbol cursor bid } }`);
const LAST_PRICES = parse(`query { lastPrices { symbol cursor bid } }`);
const BOARD = parse(`subscription { board { symbol cursor bid gap { lost } } }`);
const TICKS = parse(`subscription ($symbol: String!) { ticks(symbol: $symbol) { symbol cursor bid } }`);
const HISTORY = parse(
  `query { history(symbol: "ES", last: 3) { edges { cursor node { symbol cursor bid } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`,
);
const STATUS = "feedStatus { state reason symbols { symbol state } }";
const STATUS_QUERY = parse(`query { ${STATUS} }`);
const STATUS_SUBSCRIPTION = parse(`subscription { ${STATUS} }`);

const tick = (symbol: string, seq: number, epoch = 7) => ({
  __typename: "Tick",
  symbol,
  cursor: `${symbol}:${String(epoch)}-${String(seq)}`,
  bid: `${String(seq)}.25`,
});

let cache: InMemoryCache;
beforeEach(() => {
  cache = new InMemoryCache({ typePolicies: typePolicies() });
});

/** As Apollo Client writes what a subscription receives. */
function receive(query: DocumentNode, data: Record<string, unknown>, variables: Record<string, unknown> = {}): void {
  cache.write({ query, result: data, dataId: "ROOT_SUBSCRIPTION", variables });
}

const bidOf = (symbol: string) =>
  cache.readQuery<{ lastPrice: { bid: string } }>({ query: LAST_PRICE, variables: { symbol } })?.lastPrice.bid;
const bids = () =>
  cache.readQuery<{ lastPrices: { bid: string }[] }>({ query: LAST_PRICES })?.lastPrices.map(({ bid }) => bid);
const entities = () => Object.keys(cache.extract()).filter((id) => !id.startsWith("ROOT_") && id !== "__META");

describe("the cache", () => {
  it("shows in queries what board and ticks receive", () => {
    cache.writeQuery({ query: LAST_PRICES, data: { lastPrices: [tick("ES", 1), tick("NQ", 1)] } });
    receive(BOARD, { board: [{ ...tick("NQ", 2), gap: null }] });
    receive(TICKS, { ticks: tick("ES", 3) }, { symbol: "ES" });
    expect(bids()).toEqual(["3.25", "2.25"]);
    expect(bidOf("ES")).toBe("3.25");
  });

  it("has one entity for each symbol, however many ticks come", () => {
    for (let seq = 1; seq <= 100; seq += 1) {
      receive(TICKS, { ticks: tick("ES", seq) }, { symbol: "ES" });
      receive(BOARD, { board: [{ ...tick("NQ", seq), gap: { __typename: "Gap", lost: seq } }] });
    }
    expect(entities()).toEqual(['Tick:{"symbol":"ES"}', 'Tick:{"symbol":"NQ"}']);
  });

  it("does not replace a newer tick by an older one of its epoch", () => {
    cache.writeQuery({ query: LAST_PRICES, data: { lastPrices: [tick("ES", 9)] } });
    receive(TICKS, { ticks: tick("ES", 5) }, { symbol: "ES" });
    expect(bidOf("ES")).toBe("9.25");
    cache.writeQuery({ query: LAST_PRICES, data: { lastPrices: [tick("ES", 8)] } });
    expect(bids()).toEqual(["9.25"]);
    receive(TICKS, { ticks: tick("ES", 1, 8) }, { symbol: "ES" });
    expect(bidOf("ES")).toBe("1.25");
  });

  it("keeps the ticks of history apart from the newest", () => {
    cache.writeQuery({ query: LAST_PRICES, data: { lastPrices: [tick("ES", 9)] } });
    const edges = [7, 8, 9].map((seq) => {
      const node = { ...tick("ES", seq), __typename: "HistoryTick" };
      return { __typename: "TickEdge", cursor: node.cursor, node };
    });
    const pageInfo = {
      __typename: "PageInfo",
      hasNextPage: false,
      hasPreviousPage: false,
      startCursor: edges[0]?.cursor,
      endCursor: edges[2]?.cursor,
    };
    cache.writeQuery({ query: HISTORY, data: { history: { __typename: "TickConnection", edges, pageInfo } } });
    receive(TICKS, { ticks: tick("ES", 10) }, { symbol: "ES" });
    const page = cache.readQuery<{ history: { edges: { node: { bid: string } }[] } }>({ query: HISTORY });
    expect(page?.history.edges.map(({ node }) => node.bid)).toEqual(["7.25", "8.25", "9.25"]);
    expect(entities()).toEqual(['Tick:{"symbol":"ES"}']);
  });

  it("shows in the query for the state of the feed what the subscription receives", () => {
    const status = (state: string) => ({
      feedStatus: {
        __typename: "FeedStatus",
        state,
        reason: null,
        symbols: [{ __typename: "SymbolStatus", symbol: "ES", state }],
      },
    });
    cache.writeQuery({ query: STATUS_QUERY, data: status("LIVE") });
    receive(STATUS_SUBSCRIPTION, status("STALE"));
    expect(cache.readQuery({ query: STATUS_QUERY })).toEqual(status("STALE"));
  });
});
