import { useEffect, useState } from "react";

import { useSession } from "../app/session.ts";
import { useStored } from "../app/use-stored.ts";
import { SYMBOLS } from "./operations.ts";

const ASK_MS = 5_000;

/** Returns how many symbols the server has; null: not known yet. Asks again and again. */
function useSymbolCount(): number | null {
  const { client } = useSession().connection;
  const [count, setCount] = useState<number | null>(null);
  useEffect(() => {
    const ask = (): void => {
      client.query({ query: SYMBOLS, fetchPolicy: "no-cache" }).then(
        ({ data }) => {
          setCount(data?.symbols.length ?? null);
        },
        () => {
          setCount(null);
        },
      );
    };
    ask();
    const timer = setInterval(ask, ASK_MS);
    return () => {
      clearInterval(timer);
    };
  }, [client]);
  return count;
}

/** What stands in place of rows if there are none: why, and what to do. */
export function EmptyBoard() {
  const { board, view } = useSession();
  const filter = useStored(view.filter);
  const hasSymbols = useStored(board.symbols).length > 0;
  const count = useSymbolCount();
  if (hasSymbols) {
    return (
      <div className="notice">
        <h2>No symbol contains “{filter.trim()}”</h2>
        <p>
          <button
            type="button"
            className="button"
            onClick={() => {
              view.filter.set("");
            }}
          >
            Clear the filter
          </button>
        </p>
      </div>
    );
  }
  if (count !== 0) {
    return (
      <div className="notice">
        {count !== null && <p>Waiting for the prices of {count.toLocaleString("en")} symbols.</p>}
      </div>
    );
  }
  return (
    <div className="notice">
      <h2>No prices yet</h2>
      <p>The server works, and no symbol has ever had a price. A producer watches a page and publishes its prices:</p>
      <pre tabIndex={0}>{"tickql discover https://example.test/board -o my.toml\ntickql produce my.toml"}</pre>
      <p>Symbols appear here with their first price. If you have a token, it may cover none of them.</p>
    </div>
  );
}
