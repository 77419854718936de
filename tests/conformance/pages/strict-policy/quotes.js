// The page's policy forbids inline scripts, eval, inline styles, and turning text into HTML.
import { FIELDS, grouped, play } from "/market.js";

const board = document.getElementById("board");
play((quotes, step) => {
  for (const [place, quote] of quotes.entries()) {
    const row = step ? board.rows[place] : board.insertRow();
    [quote.symbol, ...FIELDS.map((field) => grouped(quote[field]))].forEach((text, i) => {
      (row.cells[i] ?? row.insertCell()).textContent = text;
    });
  }
});
