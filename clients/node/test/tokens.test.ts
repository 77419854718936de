import { setTimeout as sleep } from "node:timers/promises";

import { TokenRefused } from "tickql-client";
import { afterAll, expect, it } from "vitest";

import { MarketServer } from "./market.js";
import { connect, newSymbol, seqs, take, upTo } from "./support.js";

const market = await MarketServer.start("--tokens");
afterAll(() => market.end());

it.each(["websocket", "sse"] as const)("a token that is not accepted ends the subscription: %s", async (transport) => {
  const { tickql } = connect(market.url, { token: "nobody", transport });
  await expect(take(1, tickql.ticks("ES"))).rejects.toBeInstanceOf(TokenRefused);
  expect(tickql.connection.status).toBe("refused");
  await expect(tickql.symbols()).rejects.toBeInstanceOf(TokenRefused);
});

it("a new token is handed over to the open connection before the old one ends", async () => {
  const symbol = newSymbol();
  const tokens = [await market.token(4), await market.token(null)];
  let current = tokens[0] ?? "";
  const { tickql, states } = connect(market.url, { token: () => current });
  await market.tick(1, symbol);
  const ticks = tickql.ticks(symbol);
  await take(1, ticks);
  current = tokens[1] ?? "";
  await tickql.renewToken();
  // Longer than the first token lasts, and than the server takes to end its connections.
  await sleep(7_000);
  await market.tick(1, symbol);
  expect(seqs(await take(1, ticks))).toEqual([2]);
  expect(states.map(({ status }) => status)).not.toContain("reconnecting");
});

it.each(["websocket", "sse"] as const)("a function is asked again when its token has ended: %s", async (transport) => {
  const symbol = newSymbol();
  let current = await market.token(null);
  const { tickql, until } = connect(market.url, { token: () => current, transport });
  await market.tick(1, symbol);
  const ticks = tickql.ticks(symbol);
  await take(1, ticks);
  const ended = current;
  current = await market.token(null);
  await market.revoke(ended);
  await until(({ status }) => status === "reconnecting");
  await market.tick(5, symbol);
  expect(seqs(await take(5, ticks))).toEqual(upTo(2, 6));
});

it.each(["websocket", "sse"] as const)("refused subscriptions can wait for another token: %s", async (transport) => {
  const symbol = newSymbol();
  await market.tick(1, symbol);
  let current: string | null = null;
  const { tickql, until } = connect(market.url, { token: () => current, whenRefused: "wait", transport });
  const ticks = tickql.ticks(symbol);
  const first = take(1, ticks);
  await until(({ status }) => status === "refused");
  // One that begins now waits, too.
  const late = take(1, tickql.ticks(symbol));
  current = await market.token(null);
  await tickql.renewToken();
  expect(seqs([...(await first), ...(await late)])).toEqual([1, 1]);
  await market.revoke(current);
  await until(({ status }) => status === "refused");
  await market.tick(20, symbol);
  current = await market.token(null);
  await tickql.renewToken();
  expect(seqs(await take(20, ticks))).toEqual(upTo(2, 21));
  await until(({ status, reason }) => status === "connected" && reason === null);
});
