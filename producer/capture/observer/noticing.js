// Noticing changes: by mutations at once, by looking again and again for what makes none.
({
  clock: { now },
  faults: { guarded },
  reader,
  roots,
  reading: { isElement },
  selectors: { namesNeeded, matters },
  owners: { dirty, markDirty },
  rules: { fixed, groups, units },
  entries,
  suspects,
  beat,
  sending,
}) => {
  const WATCHED = { subtree: true, childList: true, characterData: true, attributes: true, attributeOldValue: true };
  const SWEEP_MS = 250;
  const LOST_MS = 1000; // how long a replaced element is looked for at each change of structure
  const MISSING_MS = 25; // what was never found is looked for no more often than this

  // A page may change a row step by step, and this is called between the steps: what is in need of it is read once the
  // task that changed it has ended, before any other of the page's.
  const observer = new MutationObserver(guarded((records) => {
    if (!toRead) scheduler.postTask(guarded(readChanged), { priority: "user-blocking" });
    toRead = true;
    const climbed = new Set();
    let last = null;
    for (const record of records) {
      const { target } = record;
      if (target !== last) markDirty(target, climbed);
      last = target;
      if (record.type === "attributes") rematched ||= matters(record);
      if (record.type !== "childList") continue; // each list of nodes costs an object
      for (const node of record.removedNodes) restructured ||= isElement(node);
      for (const node of record.addedNodes) {
        if (!isElement(node)) continue;
        restructured = true;
        watch(roots.adopt(node));
      }
    }
  }));

  let toRead = false;
  let restructured = false; // elements came or went
  let rematched = false; // selectors may match other elements now

  function readChanged() {
    toRead = false;
    if (restructured || rematched) {
      restructured = false;
      restructure();
    }
    observe();
  }

  const watch = (found) => found.forEach((root) => observer.observe(root, WATCHED));

  // Read what is in need of it, and more, and send what is new. Returns the entries that were known and changed.
  function observe(more) {
    const changed = entries.look(more);
    sending.flush();
    return changed;
  }

  // What a kind of work costs, in ms, judged each time that it has been done. Work that suddenly takes long was mostly
  // interrupted by another program: only several times in a row count.
  function cost() {
    let ms = 0.1;
    return (started) => (ms = Math.min(now() - started, 0.1 + 1.5 * ms));
  }

  // What was lost is found again at once; the rest as often as it can be afforded: rows for at most half of the page's
  // time, what may be elsewhere now for a fifth, what was never there for a twentieth of it.
  let rowsDue = 0;
  let rematchDue = 0;
  let missingDue = 0;
  let restructureTimer = null;
  const rowsCost = cost();
  const rematchCost = cost();
  const missingCost = cost();

  function restructure() {
    const at = now();
    const isLost = (place) => !place.element?.isConnected && (place.element || at - place.lostAt < LOST_MS);
    for (const unit of fixed) if (unit.bind(isLost)) dirty.add(unit);
    const waits = [rowsDue, missingDue, rematched ? rematchDue : at].map((due) => due - at).filter((wait) => wait > 0);
    if (rematched && at >= rematchDue) {
      rematched = false;
      for (const unit of fixed) if (unit.bind((place) => place.element)) dirty.add(unit);
      rematchDue = now() + 4 * rematchCost(at);
    }
    if (at >= rowsDue) {
      groups.filter((group) => group.units.size).forEach((group) => group.bind());
      rowsDue = at + 2 * rowsCost(at);
    }
    if (at >= missingDue) {
      const started = now();
      for (const unit of fixed) if (unit.bind((place) => !place.element)) dirty.add(unit);
      groups.filter((group) => !group.units.size).forEach((group) => group.bind());
      missingDue = now() + Math.max(MISSING_MS, 20 * missingCost(started));
    }
    if (!waits.length || restructureTimer !== null) return;
    restructureTimer = setTimeout(guarded(() => {
      restructureTimer = null;
      restructure();
      observe();
    }), Math.min(...waits));
  }

  // Everything again: shadow roots that no mutation announced, selectors that match elsewhere now, silent changes.
  function sweep() {
    readChanged(); // in the order in which it was noticed: it is not missed
    roots.forgetGone();
    watch(roots.adopt(document));
    for (const unit of fixed) unit.bind(() => true);
    groups.forEach((group) => group.bind());
    const late = observe(units());
    beat.tally.missed += late.filter((entry) => ![...entry.units].some(({ silent }) => silent)).length;
    beat.beatIfNews();
  }

  // What changes in silence, or is to be polled, is looked at as often as anything else, for at most a twentieth of the
  // page's time.
  const pollCost = cost();

  function poll() {
    observe(units().filter(({ silent }) => silent));
  }

  // Do a work for ever, each time after so long as `pause(started)` says, also when it fails.
  function repeat(work, pause) {
    const started = now();
    guarded(work)();
    setTimeout(() => repeat(work, pause), pause(started));
  }

  // Look into closed shadow roots, too.
  function open(shadows) {
    const found = roots.open(shadows);
    watch(found);
    if (found.length) suspects.answered();
    for (const root of found) markDirty(root);
    rowsDue = missingDue = 0;
    restructure();
    observe();
  }

  function start() {
    watch(roots.adopt(document));
    if (namesNeeded) reader.post({ kind: "want", what: "names" });
    repeat(sweep, (started) => Math.max(SWEEP_MS, 10 * (now() - started)));
    if (![...fixed, ...groups].some(({ silent }) => silent)) return beat.start();
    repeat(poll, (started) => Math.max(reader.interval, 20 * pollCost(started)));
    beat.start();
  }

  return { open, start };
}
