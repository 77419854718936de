import type { PageState } from "../graphql/graphql.ts";
import type { FeedFile } from "./states.ts";

export const HOUR_MS = 3_600_000;

/** A stretch of the time line in which a page had one state. Positions are shares of the hour, from 0 to 1. */
export interface Segment {
  state: PageState | null;
  reason: string | null;
  from: number;
  to: number;
  begin: string | null;
}

/** A moment in which the state of a symbol changed. */
export interface Mark {
  at: number;
  time: string;
  state: PageState;
  what: string;
  reason: string | null;
}

type Event = FeedFile["events"][number];

const clamp = (share: number): number => Math.min(1, Math.max(0, share));

/** What befell a page in the hour before `nowMs`. A state of `null`: nobody has told it. */
export function segments(file: FeedFile, nowMs: number): Segment[] {
  const share = (time: string): number => clamp((Date.parse(time) - nowMs + HOUR_MS) / HOUR_MS);
  const told = file.events.filter(({ symbol }) => symbol === null);
  const changes: Pick<Event, "at" | "state" | "reason">[] = [...told];
  // A producer that has gone reports no event, and one that could not store its events has none.
  if (file.state === "SILENT" || told.length === 0) {
    changes.push({ at: file.since, state: file.state, reason: file.reason });
  }
  const found: Segment[] = changes.map(({ at, state, reason }, index) => {
    const next = changes[index + 1];
    return { state, reason, from: share(at), to: next ? share(next.at) : 1, begin: at };
  });
  const first = found[0]?.from ?? 1;
  const before: Segment[] = first > 0 ? [{ state: null, reason: null, from: 0, to: first, begin: null }] : [];
  return [...before, ...found.filter(({ from, to }) => to > from)];
}

/** The moments of the hour in which symbols changed their state. */
export function marks(file: FeedFile, nowMs: number): Mark[] {
  return file.events
    .filter(({ symbol, at }) => symbol !== null && Date.parse(at) > nowMs - HOUR_MS)
    .map((event) => ({
      at: clamp((Date.parse(event.at) - nowMs + HOUR_MS) / HOUR_MS),
      time: event.at,
      state: event.state,
      what: subject(event),
      reason: event.reason,
    }));
}

/** What an event is about: the page, or a symbol and how many others. */
export function subject({ symbol, others }: Pick<Event, "symbol" | "others">): string {
  if (symbol === null) return "the page";
  return others ? `${symbol} and ${String(others)} more` : symbol;
}
