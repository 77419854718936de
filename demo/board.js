// Shows the quotes that the server sends: each at its time, in order, none skipped.
//
// All changes of the page happen in one timer callback, a frame. Frames are at least `pace_ms` apart, and a frame shows
// at most one quote of each symbol. So an observer that samples the page every `pace_ms` sees every quote.
"use strict";

const DASH = "–";
const BUFFER_MS = 500; // request more quotes when fewer than this many milliseconds are left
const MAX_LATE_MS = 1000; // a board further behind than this shifts its clock instead of catching up
const MAX_TIMER_MS = 60_000; // a timer far in the future is set again at least this often
const RECONNECT_MS = 1000;
const TREND_MS = 1000; // one point of the trend line each second, a minute in all
const TREND_POINTS = 60;
const PRICES = ["bid", "ask", "last"];

const rows = new Map(); // symbol -> Row
let socket;
let paceMs = 10;
let zeroAt = null; // page time (ms) of the quotes' time 0
let queuedUntilMs = 0; // time of the newest quote received
let requested = false;
let ended = false;
let timer = null;
let lastFrameMs = 0;
let shownQuotes = 0;

class Row {
  constructor(symbol, name, group) {
    this.queue = [];
    this.prices = {};
    this.levels = [];
    const tr = document.createElement("tr");
    tr.className = "quote";
    tr.dataset.symbol = symbol;
    tr.append(cell("symbol", symbol), cell("name", name));
    for (const field of PRICES) {
      const span = document.createElement("span");
      span.className = field;
      const text = document.createTextNode(DASH);
      span.append(text);
      const td = cell("price", "");
      td.append(span);
      tr.append(td);
      this.prices[field] = { span, text, level: null };
    }
    const trend = cell("trend", "");
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 112 24");
    svg.setAttribute("aria-hidden", "true");
    this.line = document.createElementNS(svg.namespaceURI, "polyline");
    svg.append(this.line);
    trend.append(svg);
    tr.append(trend);
    groupBody(group).append(tr);
  }

  show(quote) {
    for (const field of PRICES) {
      const price = this.prices[field];
      const shownText = quote[field] || DASH;
      if (price.text.data === shownText) continue;
      price.text.data = shownText;
      const level = levelOf(shownText);
      if (level !== null && price.level !== null && level !== price.level) {
        const name = `${field} ${level > price.level ? "up" : "down"}`;
        if (price.span.className !== name) price.span.className = name;
      }
      price.level = level;
    }
    shownQuotes += 1;
  }

  drawTrend() {
    const level = this.prices.last.level ?? this.prices.bid.level;
    if (level === null) return;
    this.levels.push(level);
    if (this.levels.length > TREND_POINTS) this.levels.shift();
    const low = Math.min(...this.levels);
    const span = Math.max(...this.levels) - low || 1;
    const step = 112 / (TREND_POINTS - 1);
    const x0 = 112 - (this.levels.length - 1) * step;
    const points = this.levels.map((y, i) => `${(x0 + i * step).toFixed(1)},${(22 - (20 * (y - low)) / span).toFixed(1)}`);
    this.line.setAttribute("points", points.join(" "));
  }
}

// The price as a number: only for colours and the trend line. The page shows the digits of the server.
function levelOf(text) {
  const [whole, fraction] = text.replaceAll(",", "").split("'");
  const level = fraction === undefined ? Number(whole) : Number(whole) + Number(fraction) / 320;
  return Number.isNaN(level) ? null : level;
}

function cell(className, text) {
  const td = document.createElement("td");
  td.className = className;
  td.textContent = text;
  return td;
}

function groupBody(group) {
  const table = document.querySelector("table.board");
  let body = [...table.tBodies].find((each) => each.dataset.group === group);
  if (!body) {
    body = table.createTBody();
    body.dataset.group = group;
    const heading = document.createElement("th");
    heading.colSpan = 4; // the columns that a narrow screen shows
    heading.scope = "rowgroup";
    heading.textContent = group;
    const tr = body.insertRow();
    tr.className = "group";
    tr.append(heading);
  }
  return body;
}

function rowOf(symbol, name = "", group = "Others") {
  if (!rows.has(symbol)) rows.set(symbol, new Row(symbol, name, group));
  return rows.get(symbol);
}

function frame() {
  const now = performance.now();
  let late = 0;
  for (const row of rows.values()) {
    const next = row.queue[0];
    if (next === undefined || zeroAt + next.at > now) continue;
    late = Math.max(late, now - zeroAt - next.at);
    row.show(row.queue.shift());
  }
  if (late > MAX_LATE_MS) zeroAt += late;
  requestMore();
  // After the MutationObservers of this frame have run: they sample first, then the pace begins.
  queueMicrotask(() => {
    lastFrameMs = performance.now();
    timer = null;
    schedule();
  });
}

function schedule() {
  if (timer !== null || zeroAt === null) return;
  let due = Infinity;
  for (const row of rows.values()) {
    if (row.queue.length > 0) due = Math.min(due, zeroAt + row.queue[0].at);
  }
  if (due === Infinity) return;
  // Rounded up: timers count whole milliseconds, and an early frame would break the pace.
  const wait = Math.ceil(Math.max(due, lastFrameMs + paceMs) - performance.now());
  timer = setTimeout(frame, Math.min(Math.max(wait, 0), MAX_TIMER_MS));
}

function requestMore() {
  const left = zeroAt === null ? 0 : zeroAt + queuedUntilMs - performance.now();
  if (requested || ended || left > BUFFER_MS || socket.readyState !== WebSocket.OPEN) return;
  requested = true;
  socket.send("more");
}

function receive(message) {
  if (message.instruments) {
    document.querySelector("#notice").textContent = message.notice;
    paceMs = message.pace_ms;
    for (const instrument of message.instruments) rowOf(...instrument);
  } else {
    requested = false;
    ended = message.quotes.length === 0;
    for (const [at, symbol, ask, bid, last] of message.quotes) {
      zeroAt ??= performance.now() - at;
      queuedUntilMs = at;
      rowOf(symbol).queue.push({ at, ask, bid, last });
    }
  }
  requestMore();
  schedule();
}

function connect() {
  socket = new WebSocket(new URL("quotes", location.href.replace(/^http/, "ws")));
  socket.onmessage = (event) => receive(JSON.parse(event.data));
  socket.onclose = () => setTimeout(connect, RECONNECT_MS);
  requested = false;
}

function updateStatus() {
  const status = document.querySelector("#status");
  const connected = socket.readyState === WebSocket.OPEN;
  const idle = [...rows.values()].every((row) => row.queue.length === 0);
  status.classList.toggle("broken", !connected);
  if (!connected) status.textContent = "not connected";
  else if (ended && idle) status.textContent = "end of the recording";
  else status.textContent = `${rows.size} instruments, ${shownQuotes} quotes per second`;
  shownQuotes = 0;
}

connect();
setInterval(updateStatus, 1000);
setInterval(() => rows.forEach((row) => row.drawTrend()), TREND_MS);
