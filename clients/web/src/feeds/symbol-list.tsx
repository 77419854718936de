import { useState } from "react";
import { Link } from "wouter";

import { ageText } from "../board/age.ts";
import { StateWord } from "./state-word.tsx";
import { byState } from "./states.ts";
import type { FeedFile } from "./states.ts";

const FIRST = 100;

/** Every symbol of a feed file with its state. Those that need a look come first. */
export function SymbolList({ symbols, nowMs }: { symbols: FeedFile["symbols"]; nowMs: number }) {
  const [isWhole, setIsWhole] = useState(false);
  const sorted = [...symbols].sort(byState);
  const shown = isWhole ? sorted : sorted.slice(0, FIRST);
  return (
    <section aria-labelledby="feeds-symbols">
      <h2 id="feeds-symbols">{symbols.length === 1 ? "1 symbol" : `${String(symbols.length)} symbols`}</h2>
      <table className="feeds-table">
        <thead>
          <tr>
            <th scope="col">symbol</th>
            <th scope="col">state</th>
            <th scope="col">for</th>
            <th scope="col">newest tick</th>
            <th scope="col">why</th>
          </tr>
        </thead>
        <tbody>
          {shown.map(({ symbol, state, since, lastTickAt, reason }) => (
            <tr key={symbol}>
              <th scope="row">
                <Link href={`/symbol/${encodeURIComponent(symbol)}`}>{symbol}</Link>
              </th>
              <td>
                <StateWord state={state} />
              </td>
              <td className="figures">{ageText(nowMs - Date.parse(since))}</td>
              <td className="figures">
                {lastTickAt === null ? "none yet" : `${ageText(nowMs - Date.parse(lastTickAt))} ago`}
              </td>
              <td>{reason}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {shown.length < sorted.length && (
        <button
          type="button"
          className="button"
          onClick={() => {
            setIsWhole(true);
          }}
        >
          Show all {sorted.length}
        </button>
      )}
    </section>
  );
}
