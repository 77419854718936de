import { useSession } from "../app/session.ts";
import { useStored } from "../app/use-stored.ts";

/** What stands in place of rows if there are none: why, and what to do. */
export function EmptyBoard() {
  const { board, connection, view } = useSession();
  const { phase } = useStored(connection.transport.state);
  const filter = useStored(view.filter);
  const hasSymbols = useStored(board.symbols).length > 0;
  const isKnown = useStored(board.feed) !== null;
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
  if (phase !== "open" || !isKnown) {
    return null;
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
