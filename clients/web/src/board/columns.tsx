import { useSession } from "../app/session.ts";
import { useStored } from "../app/use-stored.ts";
import type { SortKey } from "./order.ts";

interface Column {
  readonly name: string;
  readonly className: string;
  readonly title: string;
  /** Null: the board cannot be sorted by it. */
  readonly key: SortKey | null;
}

export const COLUMNS: readonly Column[] = [
  { name: "Pin", className: "cell-pin", key: null, title: "" },
  { name: "Symbol", className: "cell-symbol", key: "symbol", title: "" },
  { name: "Bid", className: "cell-price cell-bid", key: "bid", title: "" },
  { name: "Ask", className: "cell-price cell-ask", key: "ask", title: "" },
  { name: "Last", className: "cell-price cell-last", key: "last", title: "Price of the last trade" },
  { name: "Spread", className: "cell-spread", key: "spread", title: "Ask minus bid" },
  {
    name: "Change",
    className: "cell-change",
    key: "change",
    title:
      "Since this page was opened: of the last price, or of the middle of bid and ask where the page shows no last",
  },
  { name: "Trend", className: "cell-trend", key: null, title: "Since this page was opened. Dotted: the first price" },
  { name: "Ticks/s", className: "cell-rate", key: "rate", title: "Average of the last nine seconds" },
  { name: "Age", className: "cell-age", key: "age", title: "Since the page showed the newest tick" },
];

/** The head of the board. Each name sorts by its column. */
export function ColumnHeads() {
  const { view } = useSession();
  const { key: sortedBy, isDescending } = useStored(view.sorting);
  return (
    <div role="row" className="row heads" aria-rowindex={1}>
      {COLUMNS.map(({ name, className, key, title }) => {
        const isSorted = key !== null && key === sortedBy;
        return (
          <div
            key={name}
            role="columnheader"
            className={className}
            aria-sort={isSorted ? (isDescending ? "descending" : "ascending") : undefined}
          >
            {key === null ? (
              <span className={name === "Pin" ? "visually-hidden" : ""} title={title}>
                {name}
              </span>
            ) : (
              <button
                type="button"
                title={title}
                onClick={() => {
                  view.sortBy(key);
                }}
              >
                {name}
                <span className="sort-mark" aria-hidden="true">
                  {isSorted ? (isDescending ? "↓" : "↑") : ""}
                </span>
              </button>
            )}
          </div>
        );
      })}
    </div>
  );
}
