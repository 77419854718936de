import { type Tick } from "tickql-client";
import { afterAll, expect, it } from "vitest";

import { MarketServer } from "./market.js";
import { connect, newSymbol, proxy, seqs, take, upTo } from "./support.js";

const market = await MarketServer.start();
afterAll(() => market.end());

it.each(["SIGINT", "SIGTERM", "SIGKILL"] as const)("continues over a restart by %s", async (signal) => {
  const symbol = newSymbol();
  const { tickql, states } = connect(market.url);
  await market.tick(1, symbol);
  const ticks = tickql.ticks(symbol);
  await take(1, ticks);
  await Promise.all([market.restart(signal), market.tick(50, symbol)]);
  await market.tick(50, symbol);
  expect(seqs(await take(100, ticks))).toEqual(upTo(2, 101));
  expect(states.map(({ status }) => status)).toContain("reconnecting");
  expect(tickql.connection).toMatchObject({ status: "connected", transport: "websocket", reason: null });
});

it("continues over connections that break at any moment", async () => {
  const symbol = newSymbol();
  const broken = await proxy(market.url);
  await market.tick(1, symbol);
  const ticks = connect(broken.url).tickql.ticks(symbol);
  const seen = await take(1, ticks);
  for (let round = 0; round < 5; round += 1) {
    const ticking = market.tick(40, symbol);
    seen.push(...(await take(5, ticks)));
    broken.cut();
    await ticking;
    seen.push(...(await take(35, ticks)));
  }
  expect(seqs(seen)).toEqual(upTo(1, 201));
});

it("continues when a connection has died without a notice", async () => {
  const symbol = newSymbol();
  const frozen = await proxy(market.url);
  const { tickql, states } = connect(frozen.url, { keepAliveMs: 500 });
  await market.tick(1, symbol);
  const ticks = tickql.ticks(symbol);
  await take(1, ticks);
  frozen.freeze();
  await market.tick(20, symbol);
  expect(seqs(await take(20, ticks))).toEqual(upTo(2, 21));
  expect(states.map(({ status }) => status)).toContain("reconnecting");
  expect(tickql.connection.transport).toBe("websocket");
});

it("waits when it has sent more than the server takes in a second", async () => {
  const symbol = newSymbol();
  await market.tick(1, symbol);
  const { tickql, states } = connect(market.url);
  const many = Array.from({ length: 50 }, async () => {
    const seen: Tick[] = [];
    for (let round = 0; round < 12; round += 1) {
      for await (const tick of tickql.ticks(symbol)) {
        seen.push(tick);
        break;
      }
    }
    return seen.length;
  });
  expect(new Set(await Promise.all(many))).toEqual(new Set([12]));
  expect(states.map(({ reason }) => reason).join()).toMatch(/frames/);
});

it("give the present state first, and again after a restart", async () => {
  const [one, other] = [newSymbol(), newSymbol()];
  await Promise.all([market.tick(1, one), market.tick(2, other)]);
  const { tickql } = connect(market.url);
  const board = tickql.board({ symbols: [one, other], maxHz: 100 });
  const status = tickql.feedStatus();
  expect((await take(1, board)).flat().map(({ symbol, seq }) => [symbol, seq])).toEqual([
    [one, 1],
    [other, 2],
  ]);
  expect(["LIVE", "QUIET", "STALE"]).toContain((await take(1, status))[0]?.state);
  await market.tick(1, other);
  expect((await take(1, board)).flat().map(({ symbol, seq }) => [symbol, seq])).toEqual([[other, 3]]);
  await market.restart("SIGKILL");
  expect((await take(1, board)).flat()).toHaveLength(2);
  expect((await take(1, status))[0]?.since).toMatch(/Z$/);
});

it.each(["websocket", "sse"] as const)(
  "tells since when the server is away, and when it tries again: %s",
  async (transport) => {
    const symbol = newSymbol();
    await market.tick(1, symbol);
    const { tickql, until, states } = connect(market.url, { transport });
    const ticks = tickql.ticks(symbol);
    await take(1, ticks);
    const { since } = tickql.connection;
    await market.stop();
    await until(({ status }) => status === "unreachable");
    const lost = states.find(({ status }) => status === "reconnecting");
    expect(lost?.since.getTime()).toBeGreaterThan(since.getTime());
    expect(tickql.connection.since).toEqual(lost?.since);
    await market.start();
    await market.tick(1, symbol);
    await until(({ status, nextAttemptAt }) => status === "connected" || nextAttemptAt !== null);
    tickql.retryNow();
    expect(seqs(await take(1, ticks))).toEqual([2]);
    expect(tickql.connection).toMatchObject({ status: "connected", nextAttemptAt: null });
  },
);

it("continues after a proxy has ended the connection", async () => {
  const symbol = newSymbol();
  const lost = await proxy(market.url);
  const { tickql, until } = connect(lost.url, { transport: "websocket" });
  await market.tick(1, symbol);
  const ticks = tickql.ticks(symbol);
  await take(1, ticks);
  lost.upgrades = "ended";
  lost.cut();
  await until(({ reason }) => reason?.includes("1011") ?? false);
  await market.tick(20, symbol);
  lost.upgrades = "forwarded";
  expect(seqs(await take(20, ticks))).toEqual(upTo(2, 21));
});

it("is idle when the last subscription ends during an outage", async () => {
  const ending = new AbortController();
  const nowhere = await proxy(market.url, "refused");
  const { tickql, until } = connect(nowhere.url, { transport: "websocket" });
  const first = take(1, tickql.ticks("ES", { signal: ending.signal }));
  await until(({ reason }) => reason !== null);
  ending.abort(new Error("enough"));
  await expect(first).rejects.toThrow("enough");
  expect(tickql.connection.status).toBe("idle");
});
