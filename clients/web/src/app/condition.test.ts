import type { Connection } from "tickql-client";
import { expect, test } from "vitest";

import { conditionOf } from "./condition.ts";

const OPEN: Connection = {
  status: "connected",
  transport: "websocket",
  reason: null,
  since: new Date(0),
  nextAttemptAt: null,
};
const LIVE = { state: "LIVE", reason: null, since: "2026-01-01T00:00:00Z" } as const;

test("the state of the feed is shown only while the connection is open", () => {
  expect(conditionOf(OPEN, LIVE, 0).kind).toBe("live");
  expect(conditionOf({ ...OPEN, status: "reconnecting" }, LIVE, 0).kind).toBe("reconnecting");
});

test("an open connection is not live before the feed's state is known", () => {
  expect(conditionOf(OPEN, null, 0).kind).toBe("connecting");
});

test("the feed's own reason is shown", () => {
  const stale = { ...LIVE, state: "STALE", reason: "the page lacks its prices" } as const;
  expect(conditionOf(OPEN, stale, 0).sentence).toBe("The page lacks its prices.");
});

test("prices that come over server-sent events say so", () => {
  expect(conditionOf({ ...OPEN, transport: "sse" }, LIVE, 0).sentence).toContain("WebSockets are blocked");
});

test("a server that is gone says when the next attempt is made", () => {
  const gone: Connection = { ...OPEN, status: "unreachable", nextAttemptAt: new Date(4_200) };
  expect(conditionOf(gone, LIVE, 1_000).sentence).toContain("Next attempt in 4 s.");
});
