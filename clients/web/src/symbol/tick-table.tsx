import { memo } from "react";

import type { Store } from "../app/store.ts";
import { useStored } from "../app/use-stored.ts";
import { placeOf } from "../board/cursor.ts";
import type { SymbolTick } from "./operations.ts";

const ROWS = 200;
const REASONS = {
  TRIMMED: "no longer stored",
  RESTARTED: "the numbering began again",
  UNKNOWN_CURSOR: "the place was unknown",
  MERGED: "merged by the producer",
} as const;

/** The newest ticks, the newest first. A gap is a row of its own, before the tick that follows it. */
export function TickTable({ newest }: { newest: Store<readonly SymbolTick[]> }) {
  const ticks = useStored(newest).slice(0, ROWS);
  return (
    <section className="ticks" aria-labelledby="ticks-heading">
      <h2 id="ticks-heading">Ticks</h2>
      <div className="ticks-scroller" tabIndex={0} role="group" aria-labelledby="ticks-heading">
        <table>
          <thead>
            <tr>
              <th scope="col">Time</th>
              <th scope="col">Bid</th>
              <th scope="col">Ask</th>
              <th scope="col">Last</th>
              <th scope="col">Number</th>
            </tr>
          </thead>
          <tbody className="figures">
            {ticks.map((tick) => (
              <TickRow key={tick.cursor} tick={tick} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

const TickRow = memo(function TickRow({ tick }: { tick: SymbolTick }) {
  return (
    <>
      <tr data-cursor={tick.cursor}>
        <td>{timeText(tick.timestamp)}</td>
        <td>{tick.bid ?? "–"}</td>
        <td>{tick.ask ?? "–"}</td>
        <td>{tick.last ?? "–"}</td>
        <td>{placeOf(tick.cursor).seq}</td>
      </tr>
      {tick.gap && (
        <tr className="gap-row">
          <td colSpan={5}>
            Gap: {tick.gap.lost ?? "an unknown number of"} ticks lost, {REASONS[tick.gap.reason]}
          </td>
        </tr>
      )}
    </>
  );
});

function timeText(timestamp: string): string {
  const at = new Date(timestamp);
  return `${at.toLocaleTimeString("en-GB")}.${String(at.getMilliseconds()).padStart(3, "0")}`;
}
