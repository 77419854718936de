import { useEffect, useState } from "react";
import type { RefObject } from "react";

import { useSession } from "../app/session.ts";
import { Store } from "../app/store.ts";
import { Chart } from "./chart.ts";
import { Latency } from "./latency.ts";
import type { SymbolTick } from "./operations.ts";
import { SymbolFeed } from "./symbol-feed.ts";
import type { Tally } from "./symbol-feed.ts";

/** The table is renewed at most this often. */
const TABLE_STEP_MS = 100;

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
    tally: new Store<Tally>({ received: 0, missing: 0, refusal: null }),
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
    let frame = 0;
    const paint = (): void => {
      const ticks = waiting;
      waiting = [];
      const nowMs = connection.clock.now();
      if (ticks.length > 100) {
        chart.add(ticks);
      } else {
        ticks.forEach((tick) => {
          chart.add([tick]);
          shown.latency.note(nowMs - Date.parse(tick.timestamp));
        });
      }
    };
    const feed = new SymbolFeed(connection.client, symbol, (ticks) => {
      if (waiting.length === 0) {
        frame = requestAnimationFrame(paint);
      }
      waiting.push(...ticks);
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
