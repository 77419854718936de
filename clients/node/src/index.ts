export { createClient, TickqlClient } from "./client.js";
export type { Connection, ConnectionListener, ConnectionStatus } from "./connection.js";
export { TickqlError, TokenRefused, Unreachable } from "./errors.js";
export type { GraphQLErrorData, Operation, Result, Sink } from "./operation.js";
export type { BoardOptions, ClientOptions, HistoryOptions, TicksOptions } from "./options.js";
export type { Resume } from "./resume.js";
export type { Token, WhenRefused } from "./token.js";
export type {
  Cursor,
  Decimal,
  FeedState,
  FeedStatus,
  Gap,
  GapReason,
  HistoryPage,
  HistoryTick,
  Instant,
  SymbolStatus,
  Tick,
} from "./types.js";
