import { Link, useLocation } from "wouter";

import { useConnection } from "../tickql/index.ts";
import { conditionOf } from "./condition.ts";
import { Pulse } from "./pulse.tsx";
import { useSession } from "./session.ts";
import { ThemeButton } from "./theme-button.tsx";
import { useNow } from "./use-now.ts";
import { useStored } from "./use-stored.ts";

/** The server says so in the page if it has no GraphiQL. */
const HAS_GRAPHIQL = document.documentElement.dataset.graphiql !== "off";

/** The top of the page: its name, the one state that holds now, the pulse of the feed, and where else to go. */
export function Masthead() {
  return (
    <header className="masthead">
      <Link href="/" className="wordmark" aria-label="tickql: all symbols">
        <Tick />
        tickql
      </Link>
      <ConditionLine />
      <Pulse />
      <nav className="places" aria-label="Views">
        <Place href="/">Board</Place>
        <Place href="/feeds">Feed</Place>
        {HAS_GRAPHIQL && <a href="graphql">GraphiQL</a>}
        <ThemeButton />
      </nav>
    </header>
  );
}

function Place({ href, children }: { href: string; children: string }) {
  const [location] = useLocation();
  return (
    <Link href={href} aria-current={location === href ? "page" : undefined}>
      {children}
    </Link>
  );
}

function Tick() {
  return (
    <svg viewBox="0 0 28 16" width="28" height="16" aria-hidden="true">
      <path d="M1 10h6l4-8 5 12 3-7h8" fill="none" stroke="currentColor" strokeWidth="2" strokeLinejoin="round" />
    </svg>
  );
}

function ConditionLine() {
  const { connection, board } = useSession();
  const state = useConnection(connection.tickql);
  const feed = useStored(board.feed);
  const nowMs = useNow(state.nextAttemptAt !== null);
  const { kind, name, sentence } = conditionOf(state, feed, nowMs, useStored(board.refusal));
  return (
    <div className="condition" data-kind={kind}>
      <span className="condition-name" role="status">
        {name}
      </span>
      <span className="condition-sentence" title={sentence}>
        {sentence}
      </span>
      {kind === "gone" && (
        <button
          className="button"
          type="button"
          onClick={() => {
            connection.tickql.retryNow();
          }}
        >
          Try now
        </button>
      )}
    </div>
  );
}
