import { afterAll, expect, it } from "vitest";

import { MarketServer } from "./market.js";
import { connect, newSymbol } from "./support.js";

const market = await MarketServer.start();
afterAll(() => market.end());

it("comes with the reason of an aborted signal, also while it waits", async () => {
  const abort = new AbortController();
  const ticks = connect(market.url).tickql.ticks(newSymbol(), { signal: abort.signal });
  const waiting = ticks.next();
  const reason = new Error("enough");
  abort.abort(reason);
  await expect(waiting).rejects.toBe(reason);
  expect(await ticks.next()).toEqual({ done: true, value: undefined });
});

it("comes with `break`, and the connection ends when nothing is subscribed to", async () => {
  const symbol = newSymbol();
  await market.tick(1, symbol);
  const { tickql } = connect(market.url);
  const idle = new Promise<void>((resolve) => {
    tickql.onConnection(({ status }) => {
      if (status === "idle") {
        resolve();
      }
    });
  });
  for await (const tick of tickql.ticks(symbol)) {
    expect(tick.seq).toBe(1);
    break;
  }
  await idle;
});

it("comes with `close`, also while it waits", async () => {
  const { tickql } = connect(market.url);
  const waiting = tickql.ticks(newSymbol()).next();
  tickql.close();
  expect(await waiting).toEqual({ done: true, value: undefined });
  expect(tickql.connection.status).toBe("closed");
  expect(await tickql.ticks(newSymbol()).next()).toEqual({ done: true, value: undefined });
});
