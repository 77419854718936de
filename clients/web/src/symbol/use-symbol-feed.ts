import { useEffect, useState } from "react";
import type { RefObject } from "react";

import { useSession } from "../app/session.ts";
import { Store } from "../app/store.ts";
import { Chart } from "./chart.ts";
import { Latency } from "./latency.ts";
import type { SymbolTick } from "./operations.ts";
import { NOTHING_YET, SymbolFeed } from "./symbol-feed.ts";
import type { Tally } from "./symbol-feed.ts";

/** The table is renewed at most this often. */
const TABLE_STEP_MS = 100;
/** More in one frame are stored ticks, or those that arrived while the page was hidden: no measure of latency. */
const MANY_TICKS = 100;
/** Of what arrives while the page is hidden, and no frame is painted, this many are kept for the chart. */
const MOST_WAITING = 20_000;

/** What the page of a symbol shows of its ticks. */
export interface SymbolTicks {
  readonly tally: Store<Tally>;
  readonly newest: Store<readonly SymbolTick[]>;
  readonly latency: Latency;
}

/** Follows a symbol and draws its ticks into `element`, for as long as the component is mounted. */
export function useSymbolFeed(symbol: string, element: RefObject<HTMLElement | null>): SymbolTicks {
  const { connection } = useSession();
  const [shown] = useState(() => ({
    tally: new Store<Tally>(NOTHING_YET),
    newest: new Store<readonly SymbolTick[]>([]),
    latency: new Latency(),
  }));
  useEffect(() => {
    if (element.current === null) {
      return undefined;
    }
    const chart = new Chart(element.current);
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    let waiting: SymbolTick[] = [];
    let waitingLive = 0;
    let frame = 0;
    const paint = (): void => {
      const ticks = waiting;
      waiting = [];
      const liveCount = Math.min(waitingLive, ticks.length);
      waitingLive = 0;
      const nowMs = connection.clock.now();
      if (ticks.length > MANY_TICKS) {
        chart.add(ticks);
        return;
      }
      ticks.forEach((tick) => {
        chart.add([tick]);
      });
      ticks.slice(ticks.length - liveCount).forEach((tick) => {
        shown.latency.note(nowMs - Date.parse(tick.timestamp));
      });
    };
    const feed = new SymbolFeed(connection.client, symbol, (ticks, isLive) => {
      if (waiting.length === 0) {
        frame = requestAnimationFrame(paint);
      }
      waiting.push(...ticks);
      if (waiting.length > MOST_WAITING) {
        waiting = waiting.slice(-MOST_WAITING / 2);
      }
      waitingLive += isLive ? ticks.length : 0;
    });
    const table = setInterval(() => {
      shown.tally.set(feed.tally.get());
      if (feed.newest[0] !== shown.newest.get()[0]) {
        shown.newest.set([...feed.newest]);
      }
    }, TABLE_STEP_MS);
    addEventListener("themechange", chart.applyTheme);
    scheme.addEventListener("change", chart.applyTheme);
    return () => {
      clearInterval(table);
      removeEventListener("themechange", chart.applyTheme);
      scheme.removeEventListener("change", chart.applyTheme);
      feed.close();
      cancelAnimationFrame(frame);
      chart.close();
    };
  }, [connection, element, shown, symbol]);
  return shown;
}
