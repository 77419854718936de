// Entries: puts the units of a symbol together, and decides which entries have a new reading.
({ PRICES, MAX_CHARACTERS, clock, faults: { guarded }, channel, places: { merged }, invalidation: { dirty, moved }, settling }) => {
  const { now, unixUs } = clock;
  const GRACE_MS = 1000; // how long the first reading of a new symbol waits for the rest of its fields
  const COPIES_MS = 50; // how long copies of a price may differ: a page that writes them in two tasks
  const PART_READINGS = 200; // of one message: a message costs as much as some fifty readings, most of it in Playwright

  const entries = new Map(); // "rule symbol" -> entry
  const held = new Set(); // entries with a reading that is not sent yet
  const tally = { conflated: 0, merged: 0 };

  // Read the dirty units, and those in `more`. Returns the entries that were known before and have a new reading.
  // `onPart` is called each time that there are readings enough for a message: they need not wait for the last unit.
  function readUnits(more, onPart) {
    clock.synchronize();
    const touched = new Set(moved);
    const changed = [];
    let nextPart = PART_READINGS;
    for (const unit of new Set([...dirty, ...more])) {
      const { symbol, found } = readUnit(unit) ?? unreadable(unit);
      const before = unit.entry;
      unit.found = found;
      const entry = before?.symbol === symbol ? before : symbol && entryOf(unit.rule, symbol.slice(0, MAX_CHARACTERS));
      if (unit.entry && unit.entry !== entry) {
        unit.entry.units.delete(unit);
        touched.add(unit.entry);
      }
      unit.entry = entry;
      entry?.units.add(unit);
      if (!entry) continue;
      // An entry of several units, or one that a unit came to or left, is complete only when all units are read.
      if (before !== entry || entry.units.size > 1) touched.add(entry);
      else if (update(entry)) changed.push(entry);
      if (held.size < nextPart) continue;
      onPart();
      nextPart = held.size + PART_READINGS;
    }
    dirty.clear();
    moved.clear();
    return [...changed, ...[...touched].filter(update)];
  }

  const readUnit = guarded((unit) => unit.read());
  // A unit whose reading failed keeps its symbol; its fields count as not readable.
  const unreadable = ({ entry, wanted }) => ({
    symbol: entry?.symbol,
    found: wanted.map((each) => each && { n: -1, c: 0, text: null }),
  });

  function entryOf(rule, symbol) {
    const key = `${rule} ${symbol}`;
    if (!entries.has(key)) {
      entries.set(key, {
        key, rule, symbol, units: new Set(), since: now(), places: [], texts: null, us: 0, sent: null, merged: 0,
        differsSince: null, tokens: Infinity, refilled: now(), settling: settling.stateOf(rule),
      });
    }
    return entries.get(key);
  }

  // Put an entry together from its units. Returns whether an entry that was known before has a new reading.
  function update(entry) {
    const units = [...entry.units];
    if (!units.length) {
      entries.delete(entry.key);
      held.delete(entry);
      settling.waiting.delete(entry);
      return false;
    }
    entry.places = PRICES.map((_, i) => merged(units.map((unit) => unit.found[i]).filter(Boolean), units[0].wanted[i]));
    const texts = entry.places.map((place) => (place?.n === 1 ? place.text : null));
    const us = entry.settling && settling.hold(entry, texts);
    const known = entry.texts !== null;
    if (!known) {
      // A page builds a row cell by cell. The grace period begins when the first field is there.
      if (!entry.places.some((place) => place?.n)) entry.since = now();
      const waits = entry.places.some((place) => place?.n === 0) && now() - entry.since < GRACE_MS;
      if (waits || texts.every((text) => text === null)) return false;
    }
    const differs = entry.places.some((place) => place?.differs);
    if (!differs) entry.differsSince = null;
    if (known && texts.every((text, i) => text === entry.texts[i])) return false;
    // A mutation of the other copy, or the next sweep, reads the entry again.
    if (differs && now() - (entry.differsSince ??= now()) < COPIES_MS) return false;
    if (held.has(entry)) replaced(entry);
    entry.texts = texts;
    entry.us = us ?? unixUs();
    held.add(entry);
    return known && !differs;
  }

  // A reading that is not sent yet gave way to a newer one: it came sooner than the sample interval allows, or the
  // program is behind.
  function replaced(entry) {
    const kind = channel.isFull ? "merged" : "conflated";
    tally[kind] += 1;
    if (channel.isFull) entry.merged += 1;
  }

  return { PART_READINGS, all: entries, held, tally, readUnits, replaced };
}
