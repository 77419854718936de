import { createChart, LineSeries } from "lightweight-charts";

import { note, SYMBOLS } from "../market.js";

// Prices are drawn on a canvas and are never text in the page. The server closes the socket after the last step.
const board = document.getElementById("board");
const chart = createChart(board, { width: 800, height: 400, timeScale: { timeVisible: true, secondsVisible: true } });
const lines = Object.fromEntries(SYMBOLS.map((symbol) => [symbol, chart.addSeries(LineSeries)]));

const socket = new WebSocket(`ws://${location.host}/prices${location.search}`);
socket.onmessage = ({ data }) => {
  const { time, quotes } = JSON.parse(data);
  for (const quote of quotes) lines[quote.symbol].update({ time, value: Number(quote.last) });
  note(quotes.map(({ symbol, ...prices }) => ({ symbol, ...Object.fromEntries(Object.entries(prices).map(([field, price]) => [field, Number(price)])) })));
};
window.finished = new Promise((done) => {
  socket.onclose = done;
});
