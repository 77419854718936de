// No inline script, no eval, no style, no text that becomes HTML.
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
