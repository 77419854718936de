import { memo, useLayoutEffect, useRef } from "react";
import { Link } from "wouter";

import { useSession } from "../app/session.ts";
import { HEIGHT, WIDTH } from "./trend-line.ts";

export interface BoardRowProps {
  symbol: string;
  /** Its place among the rows that are shown, from 0. */
  index: number;
  topPx: number;
  isPinned: boolean;
  isCurrent: boolean;
}

/** The id of a symbol's row in the document. */
export function rowId(symbol: string): string {
  return `row-${encodeURIComponent(symbol)}`;
}

/** The row of one symbol. It renders empty cells once, into which the painter writes. */
export const BoardRow = memo(function BoardRow({ symbol, index, topPx, isPinned, isCurrent }: BoardRowProps) {
  const { painter, view } = useSession();
  const row = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => (row.current === null ? undefined : painter.mount(symbol, row.current)), [painter, symbol]);
  return (
    <div
      ref={row}
      id={rowId(symbol)}
      role="row"
      className="row"
      aria-rowindex={index + 2}
      aria-selected={isCurrent}
      data-symbol={symbol}
      style={{ top: topPx }}
    >
      <div role="gridcell" className="cell-pin">
        <button
          type="button"
          className="pin"
          tabIndex={-1}
          aria-pressed={isPinned}
          aria-label={`Pin ${symbol}`}
          title={isPinned ? "Unpin" : "Keep at the top"}
          onClick={() => {
            view.togglePin(symbol);
          }}
        >
          <span aria-hidden="true">{isPinned ? "◆" : "◇"}</span>
        </button>
      </div>
      <div role="rowheader" className="cell-symbol">
        <Link href={`/symbol/${encodeURIComponent(symbol)}`} tabIndex={-1} className="symbol">
          {symbol}
        </Link>
        <span data-cell="note" className="note" />
      </div>
      <Price name="bid" />
      <Price name="ask" />
      <Price name="last" />
      <div role="gridcell" data-cell="spread" className="cell-spread" />
      <div role="gridcell" data-cell="change" className="cell-change">
        <span data-cell="change-amount" /> <span data-cell="change-percent" className="percent" />
      </div>
      <div role="gridcell" className="cell-trend">
        <svg
          data-cell="trend"
          className="trend"
          viewBox={`0 0 ${String(WIDTH)} ${String(HEIGHT)}`}
          preserveAspectRatio="none"
          aria-hidden="true"
        >
          <path className="trend-opening" />
          <path className="trend-course" />
          <path className="trend-end" />
        </svg>
      </div>
      <div role="gridcell" data-cell="rate" className="cell-rate" />
      <div role="gridcell" data-cell="age" className="cell-age" />
    </div>
  );
});

function Price({ name }: { name: "bid" | "ask" | "last" }) {
  return (
    <div role="gridcell" data-cell={name} className={`cell-price cell-${name}`}>
      <span data-cell="arrow" className="arrow" aria-hidden="true" />
      <span className="digits">
        <span data-cell="stayed" className="stayed" />
        <span data-cell="changed" className="changed" />
      </span>
    </div>
  );
}
