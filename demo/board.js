// Plays the tape: each quote at its time, in order, none left out.
//
// All writing happens in one timer, a frame, and frames are at least `pace_ms` apart. A frame shows at most one quote
// of each symbol. So whoever looks every `pace_ms` sees every quote.
"use strict";

const DASH = "–";
const AHEAD_MS = 500; // ask for more when less than this is left to play
const LATE_MS = 1000; // further behind than this, time stands still for a moment instead of running after
const LONGEST_WAIT_MS = 60_000;
const RECONNECT_MS = 1000;
const TREND_MS = 1000;
const TREND_POINTS = 60;
const PRICES = ["bid", "ask", "last"];

const rows = new Map(); // symbol -> Row
let socket;
let paceMs = 10;
let zeroAt = null; // the page time of the tape's time 0
let queuedUntilMs = 0; // tape time of the newest quote that has come
let asked = false;
let ended = false;
let timer = null;
let lastFrame = 0;
let shown = 0;

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
    shown += 1;
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

// Only for colours and the trend line: the digits shown are the server's.
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
    heading.colSpan = 4; // as many columns as a narrow screen shows
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
  if (late > LATE_MS) zeroAt += late;
  askForMore();
  // After the observers of this frame have run: the pace counts from when they saw it.
  queueMicrotask(() => {
    lastFrame = performance.now();
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
  // Rounded up: a timer takes whole milliseconds, and firing early would break the pace.
  const wait = Math.ceil(Math.max(due, lastFrame + paceMs) - performance.now());
  timer = setTimeout(frame, Math.min(Math.max(wait, 0), LONGEST_WAIT_MS));
}

function askForMore() {
  const left = zeroAt === null ? 0 : zeroAt + queuedUntilMs - performance.now();
  if (asked || ended || left > AHEAD_MS || socket.readyState !== WebSocket.OPEN) return;
  asked = true;
  socket.send("more");
}

function receive(message) {
  if (message.instruments) {
    document.querySelector("#notice").textContent = message.notice;
    paceMs = message.pace_ms;
    for (const instrument of message.instruments) rowOf(...instrument);
  } else {
    asked = false;
    ended = message.quotes.length === 0;
    for (const [at, symbol, ask, bid, last] of message.quotes) {
      zeroAt ??= performance.now() - at;
      queuedUntilMs = at;
      rowOf(symbol).queue.push({ at, ask, bid, last });
    }
  }
  askForMore();
  schedule();
}

function connect() {
  socket = new WebSocket(new URL("quotes", location.href.replace(/^http/, "ws")));
  socket.onmessage = (event) => receive(JSON.parse(event.data));
  socket.onclose = () => setTimeout(connect, RECONNECT_MS);
  asked = false;
}

function sayStatus() {
  const status = document.querySelector("#status");
  const connected = socket.readyState === WebSocket.OPEN;
  const idle = [...rows.values()].every((row) => row.queue.length === 0);
  status.classList.toggle("broken", !connected);
  if (!connected) status.textContent = "not connected";
  else if (ended && idle) status.textContent = "end of the recording";
  else status.textContent = `${rows.size} instruments, ${shown} quotes a second`;
  shown = 0;
}

connect();
setInterval(sayStatus, 1000);
setInterval(() => rows.forEach((row) => row.drawTrend()), TREND_MS);
