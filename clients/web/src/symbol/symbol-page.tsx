import "../styles/symbol.css";

import { useEffect, useLayoutEffect, useRef } from "react";
import { Link, useLocation } from "wouter";

import { useSession } from "../app/session.ts";
import { useNow } from "../app/use-now.ts";
import { useStored } from "../app/use-stored.ts";
import { useConnection } from "../tickql/index.ts";
import { Operation } from "./operation.tsx";
import { TickTable } from "./tick-table.tsx";
import { useSymbolFeed } from "./use-symbol-feed.ts";
import type { SymbolTicks } from "./use-symbol-feed.ts";

/** One symbol: its prices now, their course, each tick, and how to get the same from a program. */
export default function SymbolPage({ symbol }: { symbol: string }) {
  const { connection } = useSession();
  const { status } = useConnection(connection.tickql);
  const chart = useRef<HTMLDivElement>(null);
  const ticks = useSymbolFeed(symbol, chart);
  const { received, refusal } = useStored(ticks.tally);
  // The chart stays in the document, hidden: the first tick is drawn into it.
  const isEmpty = received === 0 || (received === null && refusal !== null);
  const [, navigate] = useLocation();
  useEffect(() => {
    document.title = `${symbol} – tickql`;
    const leave = (event: KeyboardEvent): void => {
      if (event.key === "Escape") {
        navigate("/");
      }
    };
    addEventListener("keydown", leave);
    return () => {
      removeEventListener("keydown", leave);
    };
  }, [navigate, symbol]);
  return (
    <main className="view symbol-view" data-connected={status === "connected" ? "yes" : "no"}>
      <Quote symbol={symbol} isEmpty={isEmpty} />
      {isEmpty ? <Nothing symbol={symbol} refusal={refusal} /> : <Facts ticks={ticks} />}
      <section className="course" aria-label="Chart" hidden={isEmpty}>
        <div ref={chart} className="chart figures" />
        <p className="credit">
          <span className="key-last">last</span> <span className="key-bid">bid</span>{" "}
          <span className="key-ask">ask</span>
          <span className="credit-name">
            Charts by <a href="https://www.tradingview.com/">TradingView</a> Lightweight Charts™
          </span>
        </p>
      </section>
      {!isEmpty && <TickTable newest={ticks.newest} />}
      {!isEmpty && <Operation symbol={symbol} endpoint={connection.endpoint} />}
    </main>
  );
}

/** The prices of the symbol, written by the painter like those of a row of the board. */
function Quote({ symbol, isEmpty }: { symbol: string; isEmpty: boolean }) {
  const { painter } = useSession();
  const root = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => (root.current === null ? undefined : painter.mount(symbol, root.current)), [painter, symbol]);
  return (
    <div ref={root} className="quote row-like" data-symbol={symbol}>
      <p className="way-back">
        <Link href="/">All symbols</Link>
      </p>
      <h1>
        {symbol} <span data-cell="note" className="note" />
      </h1>
      <p className="quote-last" hidden={isEmpty}>
        <Price name="last" label="Last" />
      </p>
      <dl className="quote-sides" hidden={isEmpty}>
        <Fact label="Bid">
          <Price name="bid" label="" />
        </Fact>
        <Fact label="Ask">
          <Price name="ask" label="" />
        </Fact>
        <Fact label="Spread">
          <span data-cell="spread" />
        </Fact>
        <Fact label="Change since open">
          <span data-cell="change" className="cell-change">
            <span data-cell="change-amount" /> <span data-cell="change-percent" />
          </span>
        </Fact>
        <Fact label="Ticks/s">
          <span data-cell="rate" />
        </Fact>
        <Fact label="Age">
          <span data-cell="age" className="cell-age" />
        </Fact>
      </dl>
    </div>
  );
}

function Price({ name, label }: { name: string; label: string }) {
  return (
    <span data-cell={name} className={`cell-price cell-${name}`}>
      {label !== "" && <span className="visually-hidden">{label}: </span>}
      <span data-cell="arrow" className="arrow" aria-hidden="true" />
      <span className="digits">
        <span data-cell="stayed" className="stayed" />
        <span data-cell="changed" className="changed" />
      </span>
    </span>
  );
}

function Fact({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd className="figures">{children}</dd>
    </div>
  );
}

/** What stands in place of prices if there are none: why, and what to do. */
function Nothing({ symbol, refusal }: { symbol: string; refusal: string | null }) {
  if (refusal !== null) {
    return <p className="nothing facts-fault">The server refuses this symbol: {refusal}</p>;
  }
  return (
    <p className="nothing">
      No tick of {symbol} has ever arrived here. If the name is right, this page fills with its first tick; otherwise
      choose one of <Link href="/">all symbols</Link>.
    </p>
  );
}

/** How complete and how quick the ticks are. */
function Facts({ ticks }: { ticks: SymbolTicks }) {
  const { connection } = useSession();
  const { received, missing, refusal } = useStored(ticks.tally);
  useNow(true);
  const { isWrong, offsetMs } = connection.clock.offset;
  if (refusal !== null) {
    return <p className="facts facts-fault">The server refuses this symbol: {refusal}</p>;
  }
  if (received === null) {
    return <p className="facts">Waiting for the ticks.</p>;
  }
  return (
    <p className="facts" data-missing={missing}>
      <span>
        <span className="figures">{received.toLocaleString("en")}</span> {received === 1 ? "tick" : "ticks"},{" "}
        {missing === 0 ? "none missing" : `${missing.toLocaleString("en")} missing`}
      </span>
      <span title="From the page's showing a price to its being painted here: half of the ticks, and 95 of 100">
        page to screen <Milliseconds value={ticks.latency.quantile(0.5)} />, p95{" "}
        <Milliseconds value={ticks.latency.quantile(0.95)} />
      </span>
      {isWrong && (
        <span>
          this device’s clock is {describeOffset(offsetMs)}; times here are corrected, and latencies are above that of
          the quickest tick
        </span>
      )}
    </p>
  );
}

function Milliseconds({ value }: { value: number | null }) {
  return <span className="figures">{value === null ? "–" : `${value.toFixed(0)} ms`}</span>;
}

function describeOffset(offsetMs: number): string {
  const seconds = Math.abs(offsetMs) / 1_000;
  return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s ${offsetMs > 0 ? "fast" : "slow"}`;
}
