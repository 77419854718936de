import "slickgrid/dist/styles/css/slick.grid.css";

import { SlickGrid } from "slickgrid";

import { grouped, MANY, play } from "../market.js";

const board = document.getElementById("board");
Object.assign(board.style, { width: "600px", height: "300px" });
const formatter = (_row, _cell, value) => grouped(value);
const columns = [
  { id: "symbol", field: "symbol", name: "Symbol" },
  { id: "bid", field: "bid", name: "Bid", formatter },
  { id: "ask", field: "ask", name: "Ask", formatter },
  { id: "last", field: "last", name: "Last", formatter },
];
let data = [];
const grid = new SlickGrid(board, [], columns, { enableColumnReorder: false, forceSyncScrolling: true });

play(
  (quotes, step) => {
    data = quotes;
    grid.setData(data, false);
    if (step % 10 === 5) grid.scrollRowToTop((step * 7) % (MANY.length - 12));
    grid.invalidate();
    const { top, bottom } = grid.getRenderedRange();
    return data.slice(top, bottom + 1);
  },
  { symbols: MANY },
);
