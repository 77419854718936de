import { useState } from "react";
import { flushSync } from "react-dom";
import { createRoot } from "react-dom/client";

import { FIELDS, grouped, play } from "../market.js";

let show;

function Board() {
  const [quotes, setQuotes] = useState([]);
  show = setQuotes;
  return (
    <table>
      <thead>
        <tr>
          <th>Symbol</th>
          {FIELDS.map((field) => (
            <th key={field}>{field}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {quotes.map((quote) => (
          <tr key={quote.symbol} data-testid="quote">
            <td>{quote.symbol}</td>
            {FIELDS.map((field) => (
              <td key={field}>{grouped(quote[field])}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

flushSync(() => createRoot(document.getElementById("board")).render(<Board />));
// Rows are reordered at each third step: React moves their elements.
play((quotes, step) => {
  const turned = Math.floor(step / 3) % quotes.length;
  flushSync(() => show([...quotes.slice(turned), ...quotes.slice(0, turned)]));
});
