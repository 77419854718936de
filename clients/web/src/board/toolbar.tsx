import { useEffect, useRef } from "react";

import { useSession } from "../app/session.ts";
import { useStored } from "../app/use-stored.ts";
import { useConnection } from "../tickql/index.ts";
import { COLUMNS } from "./columns.tsx";
import type { SortKey } from "./order.ts";

/** The filter, the sorting for narrow screens, and how many symbols there are in which state. */
export function Toolbar() {
  const { view } = useSession();
  const filter = useStored(view.filter);
  const sorting = useStored(view.sorting);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const focus = (event: KeyboardEvent): void => {
      if (event.key === "/" && !(event.target instanceof HTMLInputElement)) {
        event.preventDefault();
        input.current?.focus();
      }
    };
    addEventListener("keydown", focus);
    return () => {
      removeEventListener("keydown", focus);
    };
  }, []);
  return (
    <div className="toolbar">
      <input
        ref={input}
        className="field filter"
        type="search"
        placeholder="Filter symbols"
        aria-label="Filter symbols"
        value={filter}
        onChange={(event) => {
          view.filter.set(event.target.value);
        }}
        onKeyDown={(event) => {
          if (event.key === "Escape") {
            view.filter.set("");
          } else if (event.key === "ArrowDown" || event.key === "Enter") {
            document.querySelector<HTMLElement>("[role=grid]")?.focus();
          }
        }}
      />
      <select
        className="field sort-choice"
        aria-label="Sort by"
        value={sorting.key}
        onChange={(event) => {
          view.sortBy(event.target.value as SortKey);
        }}
      >
        {COLUMNS.map(
          ({ key, name }) =>
            key !== null && (
              <option key={key} value={key}>
                {name}
              </option>
            ),
        )}
      </select>
      <Counts />
      <p className="keys" aria-hidden="true">
        <kbd>/</kbd> filter <kbd>↑↓</kbd> move <kbd>↵</kbd> open <kbd>P</kbd> pin
      </p>
    </div>
  );
}

function Counts() {
  const { board, connection, view } = useSession();
  const isConnected = useConnection(connection.tickql).status === "connected";
  const shown = useStored(view.order).length;
  const total = useStored(board.symbols).length;
  const counts = new Map<string, number>();
  for (const row of useStored(board.statuses).values()) {
    const state = (row.status?.state ?? "").toLowerCase();
    counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  return (
    <p className="counts">
      <span>
        <span className="figures">{shown === total ? total : `${String(shown)} of ${String(total)}`}</span> symbols
      </span>
      {["live", "quiet", "stale", "down"].map(
        (state) =>
          isConnected &&
          counts.has(state) && (
            <span key={state} className="count" data-state={state}>
              <span className="figures">{counts.get(state)}</span> {state}
            </span>
          ),
      )}
    </p>
  );
}
