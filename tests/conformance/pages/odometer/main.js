import "odometer/themes/odometer-theme-minimal.css";

import Odometer from "odometer";

import { FIELDS, play, quotes } from "../market.js";

// Only a few symbols: the animation takes much CPU time.
const symbols = ["ES", "NQ"];

// Odometer truncates after a multiplication, so during its animation most prices are a cent too low. Odd quarters are
// exact, and have no trailing zero, which Odometer would drop.
const quarters = ({ symbol, ...prices }) => ({
  symbol,
  ...Object.fromEntries(FIELDS.map((field) => [field, (Math.round(prices[field] * 100) * 2 + 1) / 4])),
});

const board = document.getElementById("board");
board.innerHTML = symbols.map(
  (symbol) =>
    `<section data-symbol="${symbol}"><h2>${symbol}</h2>
     ${FIELDS.map((field) => `<p>${field} <b class="${field}"></b></p>`).join("")}</section>`,
).join("");
const meters = quotes(0, symbols).map(quarters).map((quote) =>
  Object.fromEntries(
    FIELDS.map((field) => {
      const el = board.querySelector(`[data-symbol=${quote.symbol}] .${field}`);
      return [field, new Odometer({ el, value: quote[field], format: "(,ddd).dd", duration: 200 })];
    }),
  ),
);

play(
  (quotes) => {
    const shown = quotes.map(quarters);
    shown.forEach((quote, place) => FIELDS.forEach((field) => meters[place][field].update(quote[field])));
    return shown;
  },
  { symbols },
);
