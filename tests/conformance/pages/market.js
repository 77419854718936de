// The market that the pages show. Every symbol, field and step has a price of its own. So a price that is read from a
// wrong place, at a wrong moment or twice is recognised as wrong.
//
// `?period=40`: milliseconds between two steps; `?steps=100`: the number of steps (without it they never end).

export const FIELDS = ["ask", "bid", "last"];
export const SYMBOLS = ["ES", "NQ", "YM", "RTY", "CL", "GC"];
// More symbols than a grid shows at once.
export const MANY = Array.from({ length: 60 }, (_, i) => `SYM${String(i).padStart(2, "0")}`);

const query = new URLSearchParams(location.search);
const PERIOD_MS = Number(query.get("period") ?? 100);
const STEPS = Number(query.get("steps") ?? Infinity);
const WRAP = 30_000; // steps until prices repeat
const FLIPPED_BITS = 0b101; // inverted bits of the step: so prices go down as well as up

// What the page has shown so far: by symbol and field, the prices in order, without repeats.
window.shown = {};

export const later = (ms) => new Promise((done) => setTimeout(done, ms));
export const drawn = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));

// From 1,000.00 for the first symbol and from 2,000.00 for the second, in steps of 0.01; no price occurs twice.
const PLACES = new Map([...SYMBOLS, ...MANY].map((symbol, i) => [symbol, i + 1]));
const price = (symbol, step, field) =>
  (PLACES.get(symbol) * 100_000 + ((step % WRAP) ^ FLIPPED_BITS) * FIELDS.length + field) / 100;

// The quotes of one step, such as { symbol: "ES", ask: 1000.15, bid: 1000.16, last: 1000.17 }.
export function quotes(step, symbols = SYMBOLS) {
  return symbols.map((symbol) => ({
    symbol,
    ...Object.fromEntries(FIELDS.map((field, i) => [field, price(symbol, step, i)])),
  }));
}

export const text = (price) => price.toFixed(2);
export const grouped = (price) => price.toLocaleString("en-US", { minimumFractionDigits: 2 });

// Record that the page shows these fields of these quotes now.
export function note(shown, fields = FIELDS) {
  for (const quote of shown) {
    const lists = (window.shown[quote.symbol] ??= {});
    for (const field of fields) {
      const list = (lists[field] ??= []);
      if (list.at(-1) !== text(quote[field])) list.push(text(quote[field]));
    }
  }
}

// Play the market. `show(quotes, step)` makes the page show quotes; it may return the quotes that are really visible.
export function play(show, { symbols = SYMBOLS, fields = FIELDS } = {}) {
  window.finished = (async () => {
    for (let step = 0; step <= STEPS; step += 1) {
      const all = quotes(step, symbols);
      note((await show(all, step)) ?? all, fields);
      await later(PERIOD_MS);
    }
  })();
}
