import { Unreachable } from "tickql-client";
import { afterAll, expect, it } from "vitest";

import { MarketServer } from "./market.js";
import { connect, newSymbol, seqs } from "./support.js";

const market = await MarketServer.start();
afterAll(() => market.end());

it("give last prices, symbols and pages of history", async () => {
  const symbol = newSymbol();
  await market.tick(5, symbol);
  const { tickql } = connect(market.url);
  expect(await tickql.lastPrice(symbol)).toMatchObject({ symbol, seq: 5, last: "5", ask: "5.50" });
  expect(await tickql.lastPrice("NONE")).toBeNull();
  expect(seqs(await tickql.lastPrices([symbol]))).toEqual([5]);
  expect(await tickql.symbols()).toContain(symbol);
  const page = await tickql.history(symbol, { last: 2 });
  expect(seqs(page.ticks)).toEqual([4, 5]);
  expect(page).toMatchObject({
    hasPreviousPage: true,
    hasNextPage: false,
    endCursor: page.ticks[1]?.cursor,
    gap: null,
  });
  const to = new Date("2025-02-19T08:02:08Z");
  expect(seqs((await tickql.history(symbol, { last: 100, to })).ticks)).toEqual([1, 2]);
});

it("fail with the API's code, or because it cannot be reached", async () => {
  const { tickql } = connect(market.url);
  await expect(tickql.history("ES", { first: 0 })).rejects.toMatchObject({ code: "BAD_USER_INPUT" });
  const nowhere = connect("http://127.0.0.1:9/graphql").tickql;
  await expect(nowhere.symbols()).rejects.toBeInstanceOf(Unreachable);
  await expect(tickql.symbols({ signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
});
