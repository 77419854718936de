import { setTimeout as sleep } from "node:timers/promises";

import { createClient, type Connection, type Tick, TickqlError, TokenRefused, Unreachable } from "tickql-client";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { MarketServer, Proxy, type Upgrades } from "./market.js";

let market: MarketServer;
let ended: (() => unknown)[] = [];

beforeAll(async () => {
  market = await MarketServer.start();
});
afterEach(async () => {
  for (const end of ended) {
    await end();
  }
  ended = [];
});
afterAll(async () => {
  await market.end();
});

function client(options: Partial<Parameters<typeof createClient>[0]> = {}) {
  const states: Connection[] = [];
  const made = createClient({ url: market.url, onConnection: (state) => states.push(state), ...options });
  ended.push(() => {
    made.close();
  });
  return { tickql: made, states };
}

async function proxy(upgrades: Upgrades) {
  const made = await Proxy.before(market.url, upgrades);
  ended.push(() => made.close());
  return made;
}

async function take<T>(count: number, from: AsyncIterator<T>): Promise<T[]> {
  const taken: T[] = [];
  while (taken.length < count) {
    const result = await from.next();
    if (result.done) {
      break;
    }
    taken.push(result.value);
  }
  return taken;
}

/** A symbol of its own for each test. */
let symbols = 0;
const newSymbol = () => `T${String((symbols += 1))}`;
const seqs = (ticks: readonly Pick<Tick, "seq">[]) => ticks.map(({ seq }) => seq);
const upTo = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index);

describe("ticks", () => {
  it("gives the newest tick, then each new one, with exact prices", async () => {
    const symbol = newSymbol();
    await market.tick(3, symbol);
    const ticks = client().tickql.ticks(symbol);
    const [newest] = await take(1, ticks);
    await market.tick(2, symbol);
    expect(newest).toMatchObject({ symbol, seq: 3, ask: "3.50", bid: "3.25", last: "3", skipped: 0, gap: null });
    expect(newest?.timestamp).toMatch(/^2025-02-19T08:02:08\.053123Z$/);
    expect(seqs(await take(2, ticks))).toEqual([4, 5]);
  });

  it.each(["SIGINT", "SIGTERM", "SIGKILL"] as const)("continues over a restart by %s", async (signal) => {
    const symbol = newSymbol();
    const { tickql, states } = client();
    await market.tick(1, symbol);
    const ticks = tickql.ticks(symbol);
    await take(1, ticks);
    await Promise.all([market.restart(signal), market.tick(50, symbol)]);
    await market.tick(50, symbol);
    expect(seqs(await take(100, ticks))).toEqual(upTo(2, 101));
    expect(states.map(({ status }) => status)).toContain("reconnecting");
    expect(tickql.connection).toEqual({ status: "connected", transport: "websocket", reason: null });
  });

  it("continues over connections that break at any moment", async () => {
    const symbol = newSymbol();
    const broken = await proxy("forwarded");
    await market.tick(1, symbol);
    const ticks = client({ url: broken.url }).tickql.ticks(symbol);
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
    const frozen = await proxy("forwarded");
    const { tickql, states } = client({ url: frozen.url, keepAliveMs: 500 });
    await market.tick(1, symbol);
    const ticks = tickql.ticks(symbol);
    await take(1, ticks);
    frozen.freeze();
    await market.tick(20, symbol);
    expect(seqs(await take(20, ticks))).toEqual(upTo(2, 21));
    expect(states.map(({ status }) => status)).toContain("reconnecting");
    expect(tickql.connection.transport).toBe("websocket");
  });

  it("begins behind the cursor `after`", async () => {
    const symbol = newSymbol();
    await market.tick(5, symbol);
    const { tickql } = client();
    const { ticks } = await tickql.history(symbol, { first: 2 });
    expect(seqs(await take(3, tickql.ticks(symbol, { after: ticks[1]?.cursor ?? "" })))).toEqual([3, 4, 5]);
  });

  it("passes a gap on as it is", async () => {
    const symbol = newSymbol();
    await market.tick(3, symbol);
    const { tickql } = client();
    const newest = await tickql.lastPrice(symbol);
    const after = newest?.cursor.replace(/:(\d+)-/, (_, epoch) => `:${String(Number(epoch) - 1)}-`) ?? "";
    const [first] = await take(1, tickql.ticks(symbol, { after }));
    expect(first).toMatchObject({ seq: 1, gap: { after, reason: "RESTARTED", lost: null } });
  });

  it("counts what a slower pace leaves out", async () => {
    const symbol = newSymbol();
    await market.tick(1, symbol);
    const ticks = client().tickql.ticks(symbol, { maxHz: 1 });
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
    const ticks = client().tickql.ticks(symbol);
    await take(1, ticks);
    await market.tick(25_000, symbol);
    expect(seqs(await take(25_000, ticks))).toEqual(upTo(2, 25_001));
  });

  it("waits when it has sent more than the server takes in a second", async () => {
    const symbol = newSymbol();
    await market.tick(1, symbol);
    const { tickql, states } = client();
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

  it("rejects with the API's error when it is refused", async () => {
    const { tickql } = client();
    const failure = await take(1, tickql.ticks("no symbol")).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TickqlError);
    expect(failure).toMatchObject({ code: "BAD_USER_INPUT" });
  });
});

describe("the end of an iterator", () => {
  it("comes with the reason of an aborted signal, also while it waits", async () => {
    const abort = new AbortController();
    const ticks = client().tickql.ticks(newSymbol(), { signal: abort.signal });
    const waiting = ticks.next();
    const reason = new Error("enough");
    abort.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    expect(await ticks.next()).toEqual({ done: true, value: undefined });
  });

  it("comes with `break`, and the connection ends when nothing is subscribed to", async () => {
    const symbol = newSymbol();
    await market.tick(1, symbol);
    const { tickql } = client();
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
    const { tickql } = client();
    const waiting = tickql.ticks(newSymbol()).next();
    tickql.close();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(tickql.connection.status).toBe("closed");
  });
});

describe("board and feedStatus", () => {
  it("give the present state first, and again after a restart", async () => {
    const [one, other] = [newSymbol(), newSymbol()];
    await Promise.all([market.tick(1, one), market.tick(2, other)]);
    const { tickql } = client();
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
});

describe("queries", () => {
  it("give last prices, symbols and pages of history", async () => {
    const symbol = newSymbol();
    await market.tick(5, symbol);
    const { tickql } = client();
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
    const { tickql } = client();
    await expect(tickql.history("ES", { first: 0 })).rejects.toMatchObject({ code: "BAD_USER_INPUT" });
    const nowhere = client({ url: "http://127.0.0.1:9/graphql" }).tickql;
    await expect(nowhere.symbols()).rejects.toBeInstanceOf(Unreachable);
    await expect(tickql.symbols({ signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
  });
});

describe("where WebSockets are blocked", () => {
  it.each(["refused", "swallowed"] as const)("server-sent events take over: %s", { timeout: 120_000 }, async (kind) => {
    const symbol = newSymbol();
    const blocking = await proxy(kind);
    const { tickql, states } = client({ url: blocking.url });
    await market.tick(1, symbol);
    const ticks = tickql.ticks(symbol);
    await take(1, ticks);
    expect(tickql.connection).toEqual({ status: "connected", transport: "sse", reason: null });
    await Promise.all([market.restart("SIGKILL"), market.tick(50, symbol)]);
    expect(seqs(await take(50, ticks))).toEqual(upTo(2, 51));
    expect(states.map(({ transport }) => transport)).toContain("sse");
  });

  it("a running subscription moves without a hole", async () => {
    const symbol = newSymbol();
    const changing = await proxy("forwarded");
    const { tickql } = client({ url: changing.url });
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
    const { tickql, states } = client();
    const ticks = tickql.ticks(symbol);
    const first = take(1, ticks);
    while (states.filter(({ status }) => status === "reconnecting").length === 0) {
      await sleep(20);
    }
    await market.start();
    expect(seqs(await first)).toEqual([1]);
    expect(tickql.connection.transport).toBe("websocket");
  });

  it("server-sent events pass on refusals", async () => {
    const { tickql } = client({ transport: "sse" });
    await expect(take(1, tickql.ticks("no symbol"))).rejects.toMatchObject({ code: "BAD_USER_INPUT" });
  });
});

describe("with tokens", () => {
  let guarded: MarketServer;
  beforeAll(async () => {
    guarded = await MarketServer.start("--tokens");
  });
  afterAll(async () => {
    await guarded.end();
  });

  it.each(["websocket", "sse"] as const)(
    "a token that is not accepted ends the subscription: %s",
    async (transport) => {
      const { tickql } = client({ url: guarded.url, token: "nobody", transport });
      await expect(take(1, tickql.ticks("ES"))).rejects.toBeInstanceOf(TokenRefused);
      expect(tickql.connection.status).toBe("refused");
      await expect(tickql.symbols()).rejects.toBeInstanceOf(TokenRefused);
    },
  );

  it("a new token is handed over to the open connection before the old one ends", async () => {
    const symbol = newSymbol();
    const tokens = [await guarded.token(4), await guarded.token(null)];
    let current = tokens[0] ?? "";
    const { tickql, states } = client({ url: guarded.url, token: () => current });
    await guarded.tick(1, symbol);
    const ticks = tickql.ticks(symbol);
    await take(1, ticks);
    current = tokens[1] ?? "";
    await tickql.renewToken();
    // Longer than the first token lasts, and than the server takes to end its connections.
    await sleep(7_000);
    await guarded.tick(1, symbol);
    expect(seqs(await take(1, ticks))).toEqual([2]);
    expect(states.map(({ status }) => status)).not.toContain("reconnecting");
  });

  it.each(["websocket", "sse"] as const)(
    "a function is asked again when its token has ended: %s",
    async (transport) => {
      const symbol = newSymbol();
      const tokens = [await guarded.token(2), await guarded.token(null)];
      let asked = 0;
      const token = () => tokens[Math.min((asked += 1), tokens.length) - 1] ?? null;
      const { tickql, states } = client({ url: guarded.url, token, transport });
      await guarded.tick(1, symbol);
      const ticks = tickql.ticks(symbol);
      await take(1, ticks);
      while (!states.some(({ status }) => status === "reconnecting")) {
        await sleep(20);
      }
      await guarded.tick(5, symbol);
      expect(seqs(await take(5, ticks))).toEqual(upTo(2, 6));
    },
  );
});
