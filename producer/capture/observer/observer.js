// The observer. Runs in every frame of the page, in a JavaScript world of its own: it shares the page's DOM, and the
// page sees nothing of it. `plan` is made by producer/capture/observer_config.py; what is posted is read by producer/capture/messages.py.
//
// A part is a file beside this one: a function of the parts before it, of which its first line names those it needs.
// producer/capture/observer/script.py puts them together.
//
// A unit is what is read at once: a fixed symbol, a table's row, a labelled box. An entry is a symbol as one rule shows
// it, put together from its units. A reading is an entry's three texts at one moment; it leaves the page whole, so that
// each can stand alone. In it null is "not found here"; an empty text is an element that is there and shows nothing.
(plan, parts, lines) => {
  if (globalThis.tickql) return;
  globalThis.tickql = {};

  const PRICES = ["ask", "bid", "last"];
  const MAX_CHARACTERS = 300; // of one text: no price is longer

  const made = { plan, lines, PRICES, MAX_CHARACTERS };
  for (const [name, make] of Object.entries(parts)) made[name] = make(made);

  const { faults: { guarded }, reader, sending, noticing, rules } = made;
  Object.assign(globalThis.tickql, {
    // Called by the reader: it has read everything up to `upTo`, and needs all readings again if it had to drop some.
    acknowledge: guarded((upTo, again) => {
      reader.acknowledge(upTo);
      if (again) sending.retell();
    }),
    // Called by the reader with what was asked for.
    open: guarded((...shadows) => noticing.open(shadows)),
    // What is read now, for a picture of it: [symbol, price, element] of each.
    elements: () => rules.units().flatMap(({ entry, found }) => (entry ? found : []).flatMap((place, i) =>
      [place?.element ?? []].flat().map((element) => [entry.symbol, PRICES[i], element]))),
  });
  noticing.start();
}
