import type { FeedFilesQuery, PageState } from "../graphql/graphql.ts";

export type FeedFile = FeedFilesQuery["feedFiles"][number];

/** How a state is shown: a word, a sign that is readable without colour, and the kind that decides the colour. */
export interface Look {
  word: string;
  sign: string;
  kind: "live" | "warn" | "fault" | "quiet";
}

const LOOKS: Record<PageState, Look> = {
  LIVE: { word: "live", sign: "●", kind: "live" },
  STARTING: { word: "starting", sign: "◌", kind: "quiet" },
  DEGRADED: { word: "degraded", sign: "◐", kind: "warn" },
  MISSING: { word: "missing", sign: "▲", kind: "fault" },
  STALE: { word: "stale", sign: "■", kind: "fault" },
  STOPPED: { word: "stopped", sign: "□", kind: "quiet" },
  SILENT: { word: "silent", sign: "×", kind: "fault" },
};

export const lookOf = (state: PageState): Look => LOOKS[state];

const WORST_FIRST: PageState[] = ["SILENT", "STALE", "MISSING", "DEGRADED", "STARTING", "STOPPED", "LIVE"];

/** Orders what needs a look before what is well; equal states keep their order. */
export const byState = (one: { state: PageState }, two: { state: PageState }): number =>
  WORST_FIRST.indexOf(one.state) - WORST_FIRST.indexOf(two.state);

/** Hours, minutes and seconds of a time, on the clock of this machine. */
export const clock = (time: string): string => new Date(time).toLocaleTimeString(undefined, { hourCycle: "h23" });
