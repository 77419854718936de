import type { Connection } from "tickql-client";

import type { FeedSummary } from "../board/board-store.ts";
import { sentence } from "./sentence.ts";

/** The one state that the page shows: of its connection if that is not open, otherwise of the feed. */
export type ConditionKind = "connecting" | "live" | "quiet" | "stale" | "down" | "reconnecting" | "gone" | "refused";

export interface Condition {
  readonly kind: ConditionKind;
  readonly name: string;
  /** What it means, for people. */
  readonly sentence: string;
}

const OVER_SSE = " WebSockets are blocked on the way here: prices come as server-sent events.";

/**
 * Returns what the page says about its connection and the feed. `nowMs`: by this device's clock. `refusal`: why the
 * server does not send prices; null: it does.
 */
export function conditionOf(
  connection: Connection,
  feed: FeedSummary | null,
  nowMs: number,
  refusal: string | null = null,
): Condition {
  switch (connection.status) {
    case "refused":
      return {
        kind: "refused",
        name: "Token needed",
        sentence: sentence(connection.reason ?? "the server refused the token"),
      };
    case "unreachable":
      return { kind: "gone", name: "Server gone", sentence: goneSentence(connection, nowMs) };
    case "reconnecting":
      return {
        kind: "reconnecting",
        name: "Reconnecting",
        sentence: "The connection broke. The prices below are the last that arrived.",
      };
    case "idle":
    case "connecting":
    case "closed":
      return { kind: "connecting", name: "Connecting", sentence: "Waiting for the server." };
    case "connected":
      if (refusal !== null) {
        return { kind: "down", name: "Refused", sentence: sentence(`the server refuses to send prices: ${refusal}`) };
      }
      return feedCondition(feed, connection.transport === "sse" ? OVER_SSE : "");
  }
}

function feedCondition(feed: FeedSummary | null, note: string): Condition {
  switch (feed?.state) {
    case undefined:
      return { kind: "connecting", name: "Connecting", sentence: `Waiting for the state of the feed.${note}` };
    case "LIVE":
      return { kind: "live", name: "Live", sentence: `${sentence(feed.reason ?? "prices arrive")}${note}` };
    case "QUIET":
      return {
        kind: "quiet",
        name: "Quiet",
        sentence: `${sentence(feed.reason ?? "the watched page works, and its prices do not change")}${note}`,
      };
    case "STALE":
      return { kind: "stale", name: "Stale", sentence: `${sentence(feed.reason ?? "prices may be old")}${note}` };
    case "DOWN":
      return {
        kind: "down",
        name: "Feed down",
        sentence: `${sentence(feed.reason ?? "Redis cannot be reached")}${note}`,
      };
  }
}

function goneSentence({ since, nextAttemptAt }: Connection, nowMs: number): string {
  const next =
    nextAttemptAt === null
      ? "Trying again now."
      : `Next attempt in ${String(Math.max(1, Math.ceil((nextAttemptAt.getTime() - nowMs) / 1_000)))} s.`;
  return `No answer since ${since.toLocaleTimeString()}. ${next}`;
}
