// The observer. It runs in every frame of the page, in an isolated JavaScript world: it shares the page's DOM, and the
// page's scripts see nothing of it. producer/capture/observer_config.py makes `plan`; producer/capture/messages.py reads
// the messages that it posts. "The program" in comments is the producer's Python process.
//
// A part is a file beside this one: a function of the parts before it, whose first line names the parts that it needs.
// producer/capture/observer/script.py puts the parts together.
//
// Terms: a unit is what is read at once: a fixed symbol, a row of a table, a labelled box. An entry is one symbol as one
// rule finds it, put together from its units. A reading is the three texts of an entry at one moment. A reading is
// always sent as a whole, so that each can be used without those before it. In a reading null means "not found"; an
// empty text means that the element is there and shows nothing.
(plan, parts, lines) => {
  if (globalThis.tickql) return;
  globalThis.tickql = {};

  const PRICES = ["ask", "bid", "last"];
  const MAX_CHARACTERS = 300; // of one text: no price is longer

  const made = { plan, lines, PRICES, MAX_CHARACTERS };
  for (const [name, make] of Object.entries(parts)) made[name] = make(made);

  const { faults: { guarded }, channel, flushing, changes, rules } = made;
  Object.assign(globalThis.tickql, {
    // The program calls this when it has processed all messages up to `upTo`. `again`: it had to drop some.
    acknowledge: guarded((upTo, again) => {
      channel.acknowledge(upTo);
      if (again) flushing.resendAll();
      else flushing.flush();
    }),
    // The program calls this with closed shadow roots, after a request for them.
    open: guarded((...shadows) => changes.openRoots(shadows)),
    // For a screenshot: [symbol, price, element, rule] of everything that is read now.
    elements: () => rules.units().flatMap(({ entry, found }) => (entry ? found : []).flatMap((place, i) =>
      [place?.element ?? []].flat().map((element) => [entry.symbol, PRICES[i], element, entry.rule]))),
    // The document of this frame and the shadow roots in it.
    roots: () => [...made.shadow_roots.all],
  });
  changes.start();
}
