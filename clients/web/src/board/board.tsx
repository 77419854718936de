import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState } from "react";
import type { KeyboardEvent } from "react";
import { useLocation } from "wouter";

import { useSession } from "../app/session.ts";
import { useStored } from "../app/use-stored.ts";
import { useConnection } from "../tickql/index.ts";
import { BoardRow, rowId } from "./board-row.tsx";
import { COLUMNS, ColumnHeads } from "./columns.tsx";
import { EmptyBoard } from "./empty-board.tsx";
import { Toolbar } from "./toolbar.tsx";
import { useRowHeight } from "./use-row-height.ts";

const OVERSCAN_ROWS = 8;
const PAGE_ROWS = 10;

/** All symbols, live. */
export function Board() {
  useEffect(() => {
    document.title = "tickql";
  }, []);
  return (
    <main className="view board-view">
      <h1 className="visually-hidden">All symbols</h1>
      <Toolbar />
      <Grid />
    </main>
  );
}

/** The table. Only the rows on the screen are in the document. It is one stop of the tab key; arrows move inside. */
function Grid() {
  const { connection, view } = useSession();
  const { status } = useConnection(connection.tickql);
  const order = useStored(view.order);
  const pinned = useStored(view.pinned);
  const scroller = useRef<HTMLDivElement>(null);
  const rowHeight = useRowHeight();
  const [current, setCurrent] = useState<string | null>(null);
  const [, navigate] = useLocation();
  // eslint-disable-next-line react-hooks/incompatible-library -- no compiler memoizes this component
  const rows = useVirtualizer({
    count: order.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => order[index] ?? index,
    overscan: OVERSCAN_ROWS,
  });
  useEffect(() => {
    rows.measure();
  }, [rows, rowHeight]);
  const filter = useStored(view.filter);
  const sorting = useStored(view.sorting);
  useEffect(() => {
    scroller.current?.scrollTo(0, 0);
  }, [filter, sorting]);

  const at = current === null ? -1 : order.indexOf(current);
  const goTo = (index: number): void => {
    const target = Math.min(Math.max(index, 0), order.length - 1);
    setCurrent(order[target] ?? null);
    rows.scrollToIndex(target);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const steps: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + PAGE_ROWS,
      PageUp: at - PAGE_ROWS,
      Home: 0,
      End: order.length - 1,
    };
    const target = steps[event.key];
    if (target !== undefined) {
      goTo(target);
    } else if (event.key === "Enter" && at >= 0 && event.target === event.currentTarget) {
      navigate(`/symbol/${encodeURIComponent(current ?? "")}`);
    } else if (event.key.toLowerCase() === "p" && current !== null && at >= 0) {
      view.togglePin(current);
    } else {
      return;
    }
    event.preventDefault();
  };

  return (
    <div ref={scroller} className="scroller" data-connected={status === "connected" ? "yes" : "no"}>
      <div
        role="grid"
        tabIndex={0}
        className="grid"
        aria-label="Prices"
        aria-rowcount={order.length + 1}
        aria-colcount={COLUMNS.length}
        aria-activedescendant={at >= 0 && current !== null ? rowId(current) : undefined}
        onKeyDown={onKeyDown}
        onFocus={() => {
          if (at < 0) {
            setCurrent(order[0] ?? null);
          }
        }}
      >
        <ColumnHeads />
        <div role="rowgroup" className="rows" style={{ height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map(({ index, start }) => {
            const symbol = order[index];
            return (
              symbol !== undefined && (
                <BoardRow
                  key={symbol}
                  symbol={symbol}
                  index={index}
                  topPx={start}
                  isPinned={pinned.has(symbol)}
                  isCurrent={symbol === current}
                />
              )
            );
          })}
        </div>
      </div>
      {order.length === 0 && <EmptyBoard />}
    </div>
  );
}
