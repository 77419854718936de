import { useId, useState } from "react";

import { useConnection } from "../tickql/index.ts";
import { sentence } from "./sentence.ts";
import { useSession } from "./session.ts";
import { storedToken, storeToken } from "./token.ts";

/** Asks for a token while the server refuses the connection. */
export function TokenPanel() {
  const { connection } = useSession();
  const { status, reason } = useConnection(connection.tickql);
  const [token, setToken] = useState("");
  const id = useId();
  if (status !== "refused") {
    return null;
  }
  return (
    <section className="token" aria-label="Token">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          storeToken(token.trim());
          void connection.tickql.renewToken();
        }}
      >
        <label htmlFor={id}>This server needs a token</label>
        <div className="token-line">
          <input
            id={id}
            className="field figures"
            type="password"
            autoComplete="off"
            spellCheck={false}
            value={token}
            onChange={(event) => {
              setToken(event.target.value);
            }}
          />
          <button type="submit" className="button">
            Connect
          </button>
        </div>
        <p>
          {storedToken() !== null && reason !== null && `${sentence(reason)} `}Whoever runs the server makes one with{" "}
          <code>tickql token new</code>. It stays in this tab, until the tab is closed.
        </p>
      </form>
    </section>
  );
}
