/** An exact decimal as text, with the digits that the page shows: `22258.75`. */
export type Decimal = string;

/** A time in UTC with microseconds: `2025-02-19T08:02:05.053123Z`. */
export type Instant = string;

/** The name of a tick, `<symbol>:<epoch>-<seq>`. It names the same tick for ever. */
export type Cursor = string;

export type GapReason = "TRIMMED" | "RESTARTED" | "UNKNOWN_CURSOR" | "MERGED";

/** A stretch of ticks that could not be delivered. */
export interface Gap {
  /** The last tick before the gap; null if not known. */
  readonly after: Cursor | null;
  readonly reason: GapReason;
  /** How many ticks are missing; null if not known. */
  readonly lost: number | null;
}

/** A tick of `history`. */
export interface HistoryTick {
  readonly symbol: string;
  readonly cursor: Cursor;
  /** Rises by exactly 1 from tick to tick of an epoch. */
  readonly seq: number;
  /** When the page showed the prices. */
  readonly timestamp: Instant;
  /** When they were sent to Redis. */
  readonly publishedAt: Instant;
  /** Null: the page shows none. So are the other two. */
  readonly ask: Decimal | null;
  readonly bid: Decimal | null;
  readonly last: Decimal | null;
  /** Not null if ticks before this one could not be delivered. */
  readonly gap: Gap | null;
}

/** A tick of a subscription, or a last price. */
export interface Tick extends HistoryTick {
  /** How many ticks of this symbol were left out since the previous one, by `delivery: "LATEST"` or `maxHz`. */
  readonly skipped: number;
}

/** A page of stored ticks, oldest first. */
export interface HistoryPage {
  readonly ticks: readonly HistoryTick[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  /** The cursors of the first and the last tick; null if the page is empty. */
  readonly startCursor: Cursor | null;
  readonly endCursor: Cursor | null;
  /** Not null if `after` or `before` names no stored tick. */
  readonly gap: Gap | null;
}

export type FeedState = "LIVE" | "QUIET" | "STALE" | "DOWN";

export interface SymbolStatus {
  readonly symbol: string;
  readonly state: FeedState;
  /** A sentence for people; null while the state is normal. */
  readonly reason: string | null;
  readonly since: Instant;
  /** When the page showed the newest tick; null if there is none yet. */
  readonly lastTickAt: Instant | null;
}

/** Whether prices arrive, and if not, why. */
export interface FeedStatus {
  readonly state: FeedState;
  /** A sentence for people; null while the state is normal. */
  readonly reason: string | null;
  readonly since: Instant;
  readonly symbols: readonly SymbolStatus[];
}
