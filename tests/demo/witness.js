// Sees the board as a simple observer does: after mutations, at most once each 10 ms, the last one never left out.
(() => {
  const SAMPLE_MS = 10;
  const seen = {}; // symbol -> [ask, bid, last], from the first dashes on
  const waiting = [];
  let timer = null;
  let looked = 0;
  let quotes = 0;

  function look() {
    timer = null;
    looked = performance.now();
    for (const row of document.querySelectorAll("tr.quote")) {
      const texts = [".ask", ".bid", ".last"].map((field) => row.querySelector(field).textContent);
      const all = (seen[row.dataset.symbol] ??= [["–", "–", "–"]]);
      if (all.at(-1).join() === texts.join()) continue;
      all.push(texts);
      quotes += 1;
    }
    for (const each of waiting) if (quotes >= each.quotes) each.done(structuredClone(seen));
  }

  new MutationObserver(() => {
    const wait = looked + SAMPLE_MS - performance.now();
    if (wait <= 0 && timer === null) look();
    else timer ??= setTimeout(look, wait);
  }).observe(document, { subtree: true, childList: true, characterData: true });

  // What was seen of each symbol, once that many quotes were seen in all.
  window.seenAfter = (quotes) => new Promise((done) => waiting.push({ quotes, done }));
})();
