import "tabulator-tables/dist/css/tabulator.min.css";

import { TabulatorFull } from "tabulator-tables";

import { grouped, play, quotes } from "../market.js";

const formatter = (cell) => grouped(cell.getValue());
const table = new TabulatorFull("#board", {
  index: "symbol",
  data: quotes(0),
  layout: "fitColumns",
  columns: [
    { title: "Symbol", field: "symbol" },
    { title: "Bid", field: "bid", formatter },
    { title: "Ask", field: "ask", formatter },
    { title: "Last", field: "last", formatter },
  ],
});

table.on("tableBuilt", () => play((quotes) => table.updateData(quotes).then(() => undefined)));
