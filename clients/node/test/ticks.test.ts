import { type Tick, TickqlError } from "tickql-client";
import { afterAll, expect, it } from "vitest";

import { MarketServer } from "./market.js";
import { connect, newSymbol, seqs, take, upTo } from "./support.js";

const market = await MarketServer.start();
afterAll(() => market.end());

it("gives the newest tick, then each new one, with exact prices", async () => {
  const symbol = newSymbol();
  await market.tick(3, symbol);
  const ticks = connect(market.url).tickql.ticks(symbol);
  const [newest] = await take(1, ticks);
  await market.tick(2, symbol);
  expect(newest).toMatchObject({ symbol, seq: 3, ask: "3.50", bid: "3.25", last: "3", skipped: 0, gap: null });
  expect(newest?.timestamp).toMatch(/^2025-02-19T08:02:08\.053123Z$/);
  expect(seqs(await take(2, ticks))).toEqual([4, 5]);
});

it("begins behind the cursor `after`", async () => {
  const symbol = newSymbol();
  await market.tick(5, symbol);
  const { tickql } = connect(market.url);
  const { ticks } = await tickql.history(symbol, { first: 2 });
  expect(seqs(await take(3, tickql.ticks(symbol, { after: ticks[1]?.cursor ?? "" })))).toEqual([3, 4, 5]);
});

it("passes a gap on as it is", async () => {
  const symbol = newSymbol();
  await market.tick(3, symbol);
  const { tickql } = connect(market.url);
  const newest = await tickql.lastPrice(symbol);
  const after = newest?.cursor.replace(/:(\d+)-/, (_, epoch) => `:${String(Number(epoch) - 1)}-`) ?? "";
  const [first] = await take(1, tickql.ticks(symbol, { after }));
  expect(first).toMatchObject({ seq: 1, gap: { after, reason: "RESTARTED", lost: null } });
});

it("counts what a slower pace leaves out", async () => {
  const symbol = newSymbol();
  await market.tick(1, symbol);
  const ticks = connect(market.url).tickql.ticks(symbol, { maxHz: 1 });
  await take(1, ticks);
  await market.tick(10, symbol);
  const rest: Tick[] = [];
  while (rest.at(-1)?.seq !== 11) {
    rest.push(...(await take(1, ticks)));
  }
  expect(rest.reduce((sum, { skipped }) => sum + skipped + 1, 0)).toBe(10);
  expect(rest.length).toBeLessThan(10);
});

it("keeps no more than 10,000 ticks for a slow reader, who gets each of them", async () => {
  const symbol = newSymbol();
  await market.tick(1, symbol);
  const ticks = connect(market.url).tickql.ticks(symbol);
  await take(1, ticks);
  await market.tick(25_000, symbol);
  expect(seqs(await take(25_000, ticks))).toEqual(upTo(2, 25_001));
});

it("rejects with the API's error when it is refused", async () => {
  const { tickql } = connect(market.url);
  const failure = await take(1, tickql.ticks("no symbol")).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(TickqlError);
  expect(failure).toMatchObject({ code: "BAD_USER_INPUT" });
});
