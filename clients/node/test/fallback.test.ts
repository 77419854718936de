import { afterAll, expect, it } from "vitest";

import { MarketServer } from "./market.js";
import { connect, newSymbol, proxy, seqs, take, upTo } from "./support.js";

const market = await MarketServer.start();
afterAll(() => market.end());

it.each(["refused", "swallowed"] as const)("server-sent events take over: %s", { timeout: 120_000 }, async (kind) => {
  const symbol = newSymbol();
  const blocking = await proxy(market.url, kind);
  const { tickql, states } = connect(blocking.url);
  await market.tick(1, symbol);
  const ticks = tickql.ticks(symbol);
  await take(1, ticks);
  expect(tickql.connection).toMatchObject({ status: "connected", transport: "sse", reason: null });
  await Promise.all([market.restart("SIGKILL"), market.tick(50, symbol)]);
  expect(seqs(await take(50, ticks))).toEqual(upTo(2, 51));
  expect(states.map(({ transport }) => transport)).toContain("sse");
});

it("a running subscription moves without a hole", async () => {
  const symbol = newSymbol();
  const changing = await proxy(market.url);
  const { tickql } = connect(changing.url);
  await market.tick(1, symbol);
  const ticks = tickql.ticks(symbol);
  await take(1, ticks);
  changing.upgrades = "refused";
  changing.cut();
  await market.tick(50, symbol);
  expect(seqs(await take(50, ticks))).toEqual(upTo(2, 51));
  expect(tickql.connection.transport).toBe("sse");
});

it("a server that is away is waited for over the WebSocket", async () => {
  const symbol = newSymbol();
  await market.tick(1, symbol);
  await market.stop();
  const { tickql, until } = connect(market.url);
  const first = take(1, tickql.ticks(symbol));
  await until(({ reason }) => reason !== null);
  await market.start();
  expect(seqs(await first)).toEqual([1]);
  expect(tickql.connection.transport).toBe("websocket");
});

it("server-sent events pass on refusals", async () => {
  const { tickql } = connect(market.url, { transport: "sse" });
  await expect(take(1, tickql.ticks("no symbol"))).rejects.toMatchObject({ code: "BAD_USER_INPUT" });
});
