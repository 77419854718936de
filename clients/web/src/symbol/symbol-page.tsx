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
      <Quote symbol={symbol} />
      <Facts ticks={ticks} symbol={symbol} />
      <section className="course" aria-label="Chart">
        <div ref={chart} className="chart figures" />
        <p className="credit">
          <span className="key-last">last</span> <span className="key-bid">bid</span>{" "}
          <span className="key-ask">ask</span>
          <span className="credit-name">
            Charts by <a href="https://www.tradingview.com/">TradingView</a> Lightweight Charts™
          </span>
        </p>
      </section>
      <TickTable newest={ticks.newest} />
      <Operation symbol={symbol} endpoint={connection.endpoint} />
    </main>
  );
}

/** The prices of the symbol, written by the painter like those of a row of the board. */
function Quote({ symbol }: { symbol: string }) {
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
      <p className="quote-last">
        <Price name="last" label="Last" />
      </p>
      <dl className="quote-sides">
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

/** How complete and how quick the ticks are. */
function Facts({ ticks, symbol }: { ticks: SymbolTicks; symbol: string }) {
  const { board, connection } = useSession();
  const { received, missing, refusal } = useStored(ticks.tally);
  const isKnown = useStored(board.symbols).includes(symbol);
  const hasState = useStored(board.feed) !== null;
  useNow(true);
  const { isWrong, offsetMs } = connection.clock.offset;
  if (refusal !== null) {
    return <p className="facts facts-fault">The server refuses this symbol: {refusal}</p>;
  }
  if (received === 0) {
    const isMissing = hasState && !isKnown;
    return (
      <p className="facts">
        {isMissing
          ? `No tick of ${symbol} has ever arrived here. If the name is right, the page fills with its first tick.`
          : "Waiting for the ticks."}
      </p>
    );
  }
  return (
    <p className="facts" data-missing={missing}>
      <span>
        <span className="figures">{received.toLocaleString("en")}</span> ticks,{" "}
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
