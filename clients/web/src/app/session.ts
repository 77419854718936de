import type { ApolloClient, SubscriptionObservable } from "@apollo/client";
import { createContext, use } from "react";

import { BoardStore } from "../board/board-store.ts";
import { BoardView } from "../board/board-view.ts";
import { BOARD, FEED_STATUS } from "../board/operations.ts";
import type { BoardTick } from "../board/operations.ts";
import { Painter } from "../board/painter.ts";
import type { ServerClock } from "../clock/server-clock.ts";
import { connect } from "./connection.ts";
import type { Connection } from "./connection.ts";
import { Store } from "./store.ts";

/** At most one message of the board in each frame of a common screen. */
const BOARD_HZ = 60;
const SECONDS_SHOWN = 60;
/** Pause before a subscription that the server has refused is tried again. */
const RETRY_MS = 5_000;

/** What lives as long as the page, whichever of its views is open. */
export interface Session {
  readonly connection: Connection;
  readonly board: BoardStore;
  readonly view: BoardView;
  readonly painter: Painter;
  /** Ticks in each of the last seconds, the newest last; -1: there was no connection. */
  readonly pulse: Store<readonly number[]>;
}

/** Connects to the server of the page, and subscribes to all symbols and their states. */
export function openSession(base: URL): Session {
  const connection = connect(base);
  const isConnected = (): boolean => connection.tickql.connection.status === "connected";
  const board = new BoardStore();
  const session: Session = {
    connection,
    board,
    view: new BoardView(board),
    painter: new Painter(board, connection.clock, isConnected),
    pulse: new Store<readonly number[]>([]),
  };
  followBoard(session);
  followStatus(session);
  setInterval(() => {
    const ticks = board.nextSecond();
    session.pulse.set([...session.pulse.get(), isConnected() ? ticks : -1].slice(-SECONDS_SHOWN));
  }, 1_000);
  return session;
}

function followBoard({ connection: { client, clock }, board }: Session): void {
  const ticks = client.subscribe({ query: BOARD, variables: { maxHz: BOARD_HZ }, fetchPolicy: "no-cache" });
  follow(ticks, board, (data) => {
    noteNewest(clock, data.board);
    board.take(data.board);
  });
}

function followStatus({ connection: { client }, board }: Session): void {
  follow(client.subscribe({ query: FEED_STATUS, fetchPolicy: "no-cache" }), board, ({ feedStatus }) => {
    board.takeStatus(feedStatus);
  });
}

/** Hands over what a subscription brings. One that the server refuses is started again after a while. */
function follow<Data>(
  results: SubscriptionObservable<ApolloClient.SubscribeResult<Data>>,
  board: BoardStore,
  take: (data: Data) => void,
): void {
  results.subscribe(({ data, error }) => {
    board.refusal.set(error?.message ?? null);
    if (data !== undefined) {
      take(data);
    } else if (error !== undefined) {
      setTimeout(() => {
        results.restart();
      }, RETRY_MS);
    }
  });
}

/** Compares the clocks with the youngest of some ticks. Their times have one format, in which texts sort like times. */
function noteNewest(clock: ServerClock, ticks: readonly BoardTick[]): void {
  const newest = ticks.reduce((latest, { timestamp }) => (timestamp > latest ? timestamp : latest), "");
  if (newest !== "") {
    clock.noteSent(Date.parse(newest));
  }
}

export const SessionContext = createContext<Session | null>(null);

/** Returns the session of the page. */
export function useSession(): Session {
  const session = use(SessionContext);
  if (session === null) {
    throw new Error("the component is outside of the page's session");
  }
  return session;
}
