// The market that the pages show. A price tells whose it is: no two symbols, fields or steps share one, so that a price
// that is read in a wrong place, of a wrong moment or twice is seen to be wrong.
//
// `?period=40` is the time between two steps in milliseconds, `?steps=100` how many there are (else they do not end).

export const FIELDS = ["ask", "bid", "last"];
export const SYMBOLS = ["ES", "NQ", "YM", "RTY", "CL", "GC"];
// More symbols than fit into a grid's window.
export const MANY = Array.from({ length: 60 }, (_, i) => `SYM${String(i).padStart(2, "0")}`);

const asked = new URLSearchParams(location.search);
const PERIOD_MS = Number(asked.get("period") ?? 100);
const STEPS = Number(asked.get("steps") ?? Infinity);
const WRAP = 30_000; // steps until prices repeat
const TURN = 0b101; // bits of the step that are turned over, which makes every other price a lower one

// What the page has shown so far: of each symbol and field the prices in order, without repeats.
window.shown = {};

export const later = (ms) => new Promise((done) => setTimeout(done, ms));
export const drawn = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));

// In hundredths: from 1,000.00 for the first symbol, from 2,000.00 for the second. Up and down, and none twice.
const PLACES = new Map([...SYMBOLS, ...MANY].map((symbol, i) => [symbol, i + 1]));
const price = (symbol, step, field) =>
  (PLACES.get(symbol) * 100_000 + ((step % WRAP) ^ TURN) * FIELDS.length + field) / 100;

// { symbol: "ES", ask: 1000.15, bid: 1000.16, last: 1000.17 } of each symbol at one step.
export function quotes(step, symbols = SYMBOLS) {
  return symbols.map((symbol) => ({
    symbol,
    ...Object.fromEntries(FIELDS.map((field, i) => [field, price(symbol, step, i)])),
  }));
}

export const text = (price) => price.toFixed(2);
export const grouped = (price) => price.toLocaleString("en-US", { minimumFractionDigits: 2 });

// Take down that the page shows these quotes now, and of them these fields.
export function note(given, fields = FIELDS) {
  for (const quote of given) {
    const lists = (window.shown[quote.symbol] ??= {});
    for (const field of fields) {
      const list = (lists[field] ??= []);
      if (list.at(-1) !== text(quote[field])) list.push(text(quote[field]));
    }
  }
}

// Play the market: `show(quotes, step)` has the page show it. It may return those that it really showed.
export function play(show, { symbols = SYMBOLS, fields = FIELDS } = {}) {
  window.finished = (async () => {
    for (let step = 0; step <= STEPS; step += 1) {
      const all = quotes(step, symbols);
      note((await show(all, step)) ?? all, fields);
      await later(PERIOD_MS);
    }
  })();
}
