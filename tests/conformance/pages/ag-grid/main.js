import { AllCommunityModule, createGrid, ModuleRegistry } from "ag-grid-community";

import { drawn, grouped, MANY, play } from "../market.js";

ModuleRegistry.registerModules([AllCommunityModule]);

const price = { valueFormatter: ({ value }) => grouped(value), width: 160 };
const board = document.getElementById("board");
Object.assign(board.style, { width: "700px", height: "400px" });
const grid = createGrid(board, {
  columnDefs: [
    { field: "symbol", headerName: "Symbol" },
    { ...price, field: "bid", headerName: "Bid" },
    { ...price, field: "ask", headerName: "Ask", enableCellChangeFlash: true },
    // This renderer shows the change beside the price.
    { ...price, field: "last", headerName: "Last", cellRenderer: "agAnimateShowChangeCellRenderer" },
  ],
  getRowId: ({ data }) => data.symbol,
  rowData: [],
});
const rendered = () => grid.getRenderedNodes().map((node) => node.data);

play(
  async (quotes, step) => {
    if (step === 0) grid.setGridOption("rowData", quotes);
    else grid.applyTransaction({ update: quotes });
    if (step % 10 === 5) {
      // Scrolling brings other rows into view, in new elements.
      grid.ensureIndexVisible((step * 7) % MANY.length, "middle");
      await drawn();
    }
    if (step === 0) await drawn();
    return rendered();
  },
  { symbols: MANY },
);
