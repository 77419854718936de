import "odometer/themes/odometer-theme-minimal.css";

import Odometer from "odometer";

import { FIELDS, play, quotes, SYMBOLS } from "../market.js";

const board = document.getElementById("board");
board.innerHTML = SYMBOLS.map(
  (symbol) =>
    `<section data-symbol="${symbol}"><h2>${symbol}</h2>
     ${FIELDS.map((field) => `<p>${field} <b class="${field}"></b></p>`).join("")}</section>`,
).join("");
const meters = quotes(0).map((quote) =>
  Object.fromEntries(
    FIELDS.map((field) => {
      const el = board.querySelector(`[data-symbol=${quote.symbol}] .${field}`);
      return [field, new Odometer({ el, value: quote[field], format: "(,ddd).dd", duration: 200 })];
    }),
  ),
);

play((quotes) => {
  quotes.forEach((quote, place) => FIELDS.forEach((field) => meters[place][field].update(quote[field])));
});
