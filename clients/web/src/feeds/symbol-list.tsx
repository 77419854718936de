import { useVirtualizer } from "@tanstack/react-virtual";
import { useLayoutEffect, useMemo, useRef, useState } from "react";
import { Link } from "wouter";

import { ageText } from "../board/age.ts";
import { StateWord } from "./state-word.tsx";
import { byState } from "./states.ts";
import type { FeedFile } from "./states.ts";

type FeedFileSymbol = FeedFile["symbols"][number];

/** Height of a row of one line; a longer reason makes a row higher, which is measured. */
const ROW_PX = 29;
const OVERSCAN_ROWS = 12;

/**
 * Every symbol of a feed file with its state. Those that need a look come first. Of thousands only the rows near the
 * screen are in the document: it is the view that scrolls, so the rows around them are two empty ones of their height.
 */
export function SymbolList({ symbols, nowMs }: { symbols: FeedFile["symbols"]; nowMs: number }) {
  const table = useRef<HTMLTableElement>(null);
  const [marginPx, setMarginPx] = useState(0);
  const sorted = useMemo(() => [...symbols].sort(byState), [symbols]);
  // eslint-disable-next-line react-hooks/incompatible-library -- no compiler memoizes this component
  const rows = useVirtualizer({
    count: sorted.length,
    getScrollElement: () => table.current?.closest<HTMLElement>(".feeds") ?? null,
    estimateSize: () => ROW_PX,
    getItemKey: (index) => sorted[index]?.symbol ?? index,
    overscan: OVERSCAN_ROWS,
    scrollMargin: marginPx,
  });
  // What is above the table changes its height, such as when a picture comes: looked at twice a second.
  useLayoutEffect(() => {
    setMarginPx(table.current?.offsetTop ?? 0);
  }, [symbols, nowMs]);
  const shown = rows.getVirtualItems();
  const above = (shown[0]?.start ?? marginPx) - marginPx;
  const below = rows.getTotalSize() + marginPx - (shown.at(-1)?.end ?? marginPx);
  return (
    <section aria-labelledby="feeds-symbols">
      <h2 id="feeds-symbols">{symbols.length === 1 ? "1 symbol" : `${symbols.length.toLocaleString("en")} symbols`}</h2>
      <table ref={table} className="feeds-table feeds-symbols" aria-rowcount={sorted.length + 1}>
        <thead>
          <tr aria-rowindex={1}>
            <th scope="col">symbol</th>
            <th scope="col">state</th>
            <th scope="col">for</th>
            <th scope="col">newest tick</th>
            <th scope="col">why</th>
          </tr>
        </thead>
        <tbody>
          <Space px={above} />
          {shown.map(({ index }) => {
            const symbol = sorted[index];
            return (
              symbol && (
                <SymbolRow
                  key={symbol.symbol}
                  index={index}
                  symbol={symbol}
                  nowMs={nowMs}
                  measure={rows.measureElement}
                />
              )
            );
          })}
          <Space px={below} />
        </tbody>
      </table>
    </section>
  );
}

interface RowProps {
  symbol: FeedFileSymbol;
  /** Its place among all symbols, from 0. */
  index: number;
  nowMs: number;
  measure: (row: HTMLTableRowElement | null) => void;
}

function SymbolRow({ symbol: { symbol, state, since, lastTickAt, reason }, index, nowMs, measure }: RowProps) {
  return (
    <tr ref={measure} data-index={index} aria-rowindex={index + 2}>
      <th scope="row">
        <Link href={`/symbol/${encodeURIComponent(symbol)}`}>{symbol}</Link>
      </th>
      <td>
        <StateWord state={state} />
      </td>
      <td className="figures">{ageText(nowMs - Date.parse(since))}</td>
      <td className="figures">{lastTickAt === null ? "none yet" : `${ageText(nowMs - Date.parse(lastTickAt))} ago`}</td>
      <td>{reason}</td>
    </tr>
  );
}

/** An empty row in place of rows that are not in the document. */
function Space({ px }: { px: number }) {
  return (
    px > 0 && (
      <tr aria-hidden="true" className="feeds-space" style={{ height: px }}>
        <td colSpan={5} />
      </tr>
    )
  );
}
