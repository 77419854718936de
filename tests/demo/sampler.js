// Samples the board like a simple observer: after mutations, at most once each 10 ms, and always after the last one.
(() => {
  const SAMPLE_MS = 10;
  const seen = {}; // symbol -> [ask, bid, last], dashes first
  const waiting = [];
  let timer = null;
  let sampledAt = 0;
  let quotes = 0;

  function sample() {
    timer = null;
    sampledAt = performance.now();
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
    const wait = sampledAt + SAMPLE_MS - performance.now();
    if (wait <= 0 && timer === null) sample();
    else timer ??= setTimeout(sample, wait);
  }).observe(document, { subtree: true, childList: true, characterData: true });

  // Resolves with the samples of each symbol once `quotes` quotes were seen in all.
  window.seenAfter = (quotes) => new Promise((done) => waiting.push({ quotes, done }));
})();
