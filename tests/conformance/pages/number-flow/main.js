import "number-flow";

import { FIELDS, play } from "../market.js";

// Only a few symbols: the browser animates each digit, which takes much CPU time.
const symbols = ["ES", "NQ"];

const board = document.getElementById("board");
board.innerHTML = symbols.map(
  (symbol) =>
    `<section data-symbol="${symbol}"><h2>${symbol}</h2>
     ${FIELDS.map((field) => `<p>${field} <number-flow class="${field}"></number-flow></p>`).join("")}</section>`,
).join("");
for (const flow of board.querySelectorAll("number-flow")) flow.format = { minimumFractionDigits: 2 };

play(
  (quotes) => {
    for (const quote of quotes) {
      const section = board.querySelector(`[data-symbol=${quote.symbol}]`);
      for (const field of FIELDS) section.querySelector(`.${field}`).update(quote[field]);
    }
  },
  { symbols },
);
