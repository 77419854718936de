// Moves prices about, and writes down what each page shows: truth["ES ask"] is every text of it so far.
"use strict";
const truth = {};
const market = {
  // Calls `show(field text by name)` a few times a second for each symbol. `write` makes a text of a count of steps.
  run(symbols, show, write = (n) => (n / 100).toFixed(2), everyMs = 60) {
    const levels = Object.fromEntries(symbols.map((symbol, i) => [symbol, 501225 + 100301 * i]));
    const step = () => {
      for (const symbol of symbols) {
        levels[symbol] += Math.floor(Math.random() * 9) - 4;
        const spread = 1 + Math.floor(Math.random() * 3);
        const bid = levels[symbol];
        const counts = { ask: bid + spread, bid, last: bid + Math.floor(Math.random() * (spread + 1)) };
        const texts = Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, write(count, symbol)]));
        for (const [name, text] of Object.entries(texts)) (truth[`${symbol} ${name}`] ??= []).push(text);
        show(symbol, texts, counts);
      }
    };
    step();
    setInterval(step, everyMs);
  },
};
