import { useGraphiQLActions } from "@graphiql/react";
import { useState } from "react";
import type { ReactElement } from "react";

import { readToken, writeToken } from "./token.ts";

/** The field for the token, beside the tabs. A new token is used from the next operation on. */
export function TokenField(): ReactElement {
  const [token, setToken] = useState(readToken);
  const actions = useGraphiQLActions();
  const use = (text: string): void => {
    const trimmed = text.trim();
    if (trimmed !== readToken()) {
      writeToken(trimmed);
      // Without a valid token the server has refused the schema.
      void actions.introspect();
    }
  };
  return (
    <label className="token-field">
      Token
      <input
        type="password"
        autoComplete="off"
        spellCheck={false}
        placeholder="if the server needs one"
        value={token}
        onChange={(event) => {
          setToken(event.target.value);
        }}
        onBlur={(event) => {
          use(event.target.value);
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter") {
            use(event.currentTarget.value);
          }
        }}
      />
    </label>
  );
}
