import { useState } from "react";

import { snippets } from "./snippets.ts";

/** The GraphQL operation behind the page, to copy into a program. */
export function Operation({ symbol, endpoint }: { symbol: string; endpoint: URL }) {
  const all = snippets(symbol, endpoint);
  const [chosen, setChosen] = useState(0);
  const [copied, setCopied] = useState<string | null>(null);
  const snippet = all[chosen];
  if (snippet === undefined) {
    return null;
  }
  return (
    <section className="operation" aria-labelledby="operation-heading">
      <h2 id="operation-heading">The same in your program</h2>
      <div className="operation-choice" role="group" aria-label="Language">
        {all.map(({ name }, index) => (
          <button
            key={name}
            type="button"
            aria-pressed={index === chosen}
            onClick={() => {
              setChosen(index);
            }}
          >
            {name}
          </button>
        ))}
        <button
          type="button"
          className="button copy"
          onClick={() => {
            void navigator.clipboard.writeText(snippet.text).then(() => {
              setCopied(snippet.name);
            });
          }}
        >
          {copied === snippet.name ? "Copied" : "Copy"}
        </button>
      </div>
      <pre tabIndex={0} aria-label={snippet.name}>
        {snippet.text}
      </pre>
    </section>
  );
}
