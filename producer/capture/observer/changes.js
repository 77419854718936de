// Change detection: mutations are seen at once; a sweep looks for changes that make no mutation.
({
  clock: { now },
  faults: { guarded },
  channel,
  shadow_roots,
  flat_tree: { isElement },
  reading_plan,
  selectors: { namesNeeded, matters },
  invalidation: { dirty, markDirty },
  columns,
  rules: { fixed, groups, units },
  entries,
  settling,
  closed_roots,
  heartbeat,
  flushing,
}) => {
  const WATCHED = { subtree: true, childList: true, characterData: true, attributes: true, attributeOldValue: true };
  const SWEEP_MS = 250; // shortest pause between two sweeps
  const LOST_MS = 1000; // how long a replaced element is searched for at each change of structure
  const CHECK_MS = 1; // time that a sweep spends on checking reading plans, 0.4 % of the page's: a plan costs 10 to 400 us
  const MISSING_MS = 25; // shortest pause between two searches for what was never found

  // A page may change a row step by step, and the browser calls this between the steps. So the dirty units are read
  // only when the task that changed them has ended, and before any other task of the page.
  const observer = new MutationObserver(guarded((records) => {
    if (!isReadScheduled) scheduler.postTask(guarded(readChanged), { priority: "user-blocking" });
    isReadScheduled = true;
    const visited = new Set();
    let last = null;
    for (const record of records) {
      const { target } = record;
      reading_plan.note(record);
      columns.note(record);
      if (target !== last) markDirty(target, visited);
      last = target;
      if (record.type === "attributes") rematched ||= matters(record);
      if (record.type !== "childList") continue; // to touch a list of nodes makes the browser allocate an object
      for (const node of record.removedNodes) {
        if (!isElement(node)) continue;
        restructured = true;
        reading_plan.noteElement(node);
      }
      for (const node of record.addedNodes) {
        if (!isElement(node)) continue;
        restructured = true;
        reading_plan.noteElement(node);
        watch(shadow_roots.adopt(node));
      }
    }
  }));

  let isReadScheduled = false;
  let restructured = false; // elements were added or removed
  let rematched = false; // selectors may match other elements now

  function readChanged() {
    isReadScheduled = false;
    if (restructured || rematched) {
      restructured = false;
      restructure();
    }
    readAndFlush();
  }

  function watch(found) {
    for (const root of found) {
      observer.observe(root, WATCHED);
      reading_plan.noteLooks(root); // it shows what is in its host now
    }
  }

  // Read the dirty units, and those in `more`, and send what is new. Returns the known entries that changed.
  function readAndFlush(more = []) {
    const isMoved = columns.refresh();
    if (isMoved) {
      for (const group of groups) for (const [row, unit] of group.units) if (isMoved(row)) dirty.add(unit);
    }
    const changed = entries.readUnits(more, () => flushing.flush(true));
    flushing.flush();
    awaitSettled();
    return changed;
  }

  let settledTimer = null;

  // Read again what may have stood still for long enough by then. A text that changes meanwhile moves the time on.
  function awaitSettled() {
    const pause = settling.pause();
    if (pause === null) return;
    clearTimeout(settledTimer);
    settledTimer = setTimeout(guarded(() => readAndFlush([...settling.waiting].flatMap(({ units }) => [...units]))), pause);
  }

  // An estimate of what a kind of work costs, in ms, updated each time that it is done. A work that suddenly takes long
  // was most likely interrupted by another program, so the estimate rises by half at most.
  function costEstimate() {
    let ms = 0.1;
    return (started) => (ms = Math.min(now() - started, 0.1 + 1.5 * ms));
  }

  // An element that was lost is searched for at once. All other searches share the page's time with the page: rows take
  // a half of it at most, elements that may be elsewhere now a fifth, what was never found a twentieth.
  let rowsDue = 0;
  let rematchDue = 0;
  let missingDue = 0;
  let restructureTimer = null;
  const rowsCost = costEstimate();
  const rematchCost = costEstimate();
  const missingCost = costEstimate();

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
      readAndFlush();
    }), Math.min(...waits));
  }

  // Search and read everything again, for what no mutation announces: new shadow roots, selectors that match elsewhere
  // now, values that change silently.
  function sweep() {
    readChanged(); // first what mutations did announce: it does not count as missed
    shadow_roots.removeDisconnected();
    watch(shadow_roots.adopt(document));
    for (const unit of fixed) unit.bind(() => true);
    groups.forEach((group) => group.bind());
    columns.doubtAll();
    const shown = units().flatMap(({ found }) => (found ?? []).flatMap((place) => place?.element ?? []));
    for (const element of reading_plan.check(shown, CHECK_MS)) markDirty(element);
    const late = readAndFlush(units());
    heartbeat.tally.missed += late.filter((entry) => !entry.settling && ![...entry.units].some(({ silent }) => silent)).length;
    heartbeat.sendIfFindingsChanged();
  }

  // Units that change silently, or that are to be polled, are read at each interval, for at most a twentieth of the
  // page's time.
  const pollCost = costEstimate();

  function poll() {
    readAndFlush(units().filter(({ silent }) => silent));
  }

  // Repeat a work without end, also when it fails. `pause(started)` returns the pause after it, in ms.
  function repeat(work, pause) {
    const started = now();
    guarded(work)();
    setTimeout(() => repeat(work, pause), pause(started));
  }

  // Search in closed shadow roots too.
  function openRoots(shadows) {
    const found = shadow_roots.addClosed(shadows);
    watch(found);
    if (found.length) closed_roots.answered();
    for (const root of found) markDirty(root);
    rowsDue = missingDue = 0;
    restructure();
    readAndFlush();
  }

  // What changes the looks of a page without a mutation: each may show or hide a text.
  function watchLooks() {
    const restyle = guarded(({ target }) => {
      reading_plan.noteLooks(target);
      markDirty(target);
      scheduler.postTask(guarded(readChanged), { priority: "user-blocking" });
    });
    for (const event of ["transitionend", "animationend", "toggle"]) document.addEventListener(event, restyle, true);
    document.addEventListener("load", ({ target }) => target.localName === "link" && reading_plan.noteLooks(document), true);
    document.fonts?.addEventListener("loadingdone", () => reading_plan.noteFonts());
    window.addEventListener("resize", () => reading_plan.noteLooks(document));
  }

  function start() {
    watchLooks();
    watch(shadow_roots.adopt(document));
    if (namesNeeded) channel.post({ kind: "want", what: "names" });
    repeat(sweep, (started) => Math.max(SWEEP_MS, 10 * (now() - started)));
    if (![...fixed, ...groups].some(({ silent }) => silent)) return heartbeat.start();
    repeat(poll, (started) => Math.max(channel.interval, 20 * pollCost(started)));
    heartbeat.start();
  }

  return { openRoots, start };
}
