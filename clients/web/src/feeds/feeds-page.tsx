import "../styles/feeds.css";

import { useQuery } from "@apollo/client/react";
import { useEffect } from "react";
import { Link } from "wouter";

import { useSession } from "../app/session.ts";
import { useNow } from "../app/use-now.ts";
import { ageText } from "../board/age.ts";
import { FEED_FILES } from "./operations.ts";
import { PageViewPanel } from "./page-view-panel.tsx";
import { isForbidden, refusalOf } from "../app/refusal.ts";
import { StateWord } from "./state-word.tsx";
import { byState } from "./states.ts";
import type { FeedFile } from "./states.ts";
import { SymbolList } from "./symbol-list.tsx";
import { TimeLine } from "./time-line.tsx";

const POLL_MS = 2_000;

/**
 * What producers see: each feed file with its state in words, its last hour, its page with what was read, and its
 * symbols. `name`: the feed file; null: the one that needs a look most.
 */
export default function FeedsPage({ name }: { name: string | null }) {
  const { client, clock } = useSession().connection;
  const { data, error, stopPolling } = useQuery(FEED_FILES, { client, pollInterval: POLL_MS, fetchPolicy: "no-cache" });
  const nowMs = useNow(true) - clock.offset.offsetMs;
  const isRefused = error !== undefined && isForbidden(error);
  useEffect(() => {
    document.title = "Feed – tickql";
    if (isRefused) {
      stopPolling();
    }
  }, [isRefused, stopPolling]);

  if (isRefused) {
    return <ForOperators />;
  }
  const files = data?.feedFiles ?? [];
  if (data !== undefined && files.length === 0) {
    return <NoProducer />;
  }
  const chosen = files.find((file) => file.name === name) ?? [...files].sort(byState)[0];
  return (
    <main className="view feeds">
      {error !== undefined && <p className="feeds-problem">{refusalOf(error)}: what is shown here may be old.</p>}
      {files.length > 1 && (
        <nav className="feeds-files" aria-label="Feed files">
          {files.map((file) => (
            <Link
              key={file.name}
              href={`/feeds/${encodeURIComponent(file.name)}`}
              aria-current={file === chosen ? "page" : undefined}
            >
              {file.name} <StateWord state={file.state} />
            </Link>
          ))}
        </nav>
      )}
      {chosen !== undefined && <FeedFileView key={chosen.name} file={chosen} nowMs={nowMs} />}
    </main>
  );
}

function FeedFileView({ file, nowMs }: { file: FeedFile; nowMs: number }) {
  return (
    <>
      <header className="feeds-head">
        <h1>{file.name}</h1>
        <p>
          <StateWord state={file.state} /> for {ageText(nowMs - Date.parse(file.since))}
          {file.reason !== null && `: ${file.reason}`}
        </p>
      </header>
      <PageViewPanel feedFile={file.name} nowMs={nowMs} />
      <TimeLine file={file} nowMs={nowMs} />
      <SymbolList symbols={file.symbols} nowMs={nowMs} />
    </>
  );
}

function ForOperators() {
  return (
    <main className="view notice">
      <h1>This view is for operators</h1>
      <p>
        It shows the pages that producers watch. Open it on the machine of the server, or with a token that{" "}
        <code>tickql token new --operator</code> has made.
      </p>
    </main>
  );
}

function NoProducer() {
  return (
    <main className="view notice">
      <h1>No producer has reported</h1>
      <p>A producer watches the page of a feed file, and reports here. Start one:</p>
      <pre>tickql produce my.toml</pre>
    </main>
  );
}
