// The observer. Runs in every frame of the page, in a JavaScript world of its own: it shares the page's DOM, and the
// page sees nothing of it. `plan` is made by producer/plan.py; what is posted is read by producer/messages.py.
//
// A unit is what is read at once: a fixed symbol, a table's row, a labelled box. An entry is a symbol as one rule shows
// it, put together from its units. A reading is an entry's three texts at one moment; it leaves the page whole, so that
// each can stand alone. In it null is "not found here"; an empty text is an element that is there and shows nothing.
(plan) => {
  "use strict";
  if (globalThis.tickql) return;

  const PRICES = ["ask", "bid", "last"];
  const WATCHED = { subtree: true, childList: true, characterData: true, attributes: true };
  const SILENT_READS = /^(value|css:|aria)/; // these change without any mutation
  const MAX_CHARACTERS = 300; // of one text: no price is longer
  const MAX_UNITS = 5001; // of one rule: one more than there may be symbols, so that the last one is refused and named
  const SWEEP_MS = 250;
  const BEAT_MS = 1000;
  const GRACE_MS = 1000; // how long a new symbol's first reading waits for the rest of its fields
  const LOST_MS = 1000; // how long a replaced element is looked for at each change of structure
  const MISSING_MS = 25; // what was never found is looked for no more often than this
  const JITTER_MS = 30; // a message may leave so much before it is due: late timers cost nothing
  const BURST_MS = 1000; // changes that a busy machine has bunched are all kept, up to those of so much time
  const LAG_MS = 3000; // a beat that is not acknowledged for so long: the reader has fallen behind
  const MAX_INTERVAL_MS = 1000;
  const MAX_ASKED = 12; // times that closed shadow roots are asked for in vain, each time after twice as many beats
  const MAX_TREE = 20_000; // elements of a document in which they are looked for

  const now = () => performance.now();
  let origin = performance.timeOrigin;
  const unixUs = () => Math.round((origin + now()) * 1000);

  const roots = new Set(); // the document and every shadow root in it that is open, or was opened for us
  const closed = new WeakMap(); // element -> its closed shadow root, if it was opened for us
  const owners = new WeakMap(); // element -> units to read again when something in it changes
  const entries = new Map(); // "rule symbol" -> entry
  const held = new Set(); // entries with a reading that may not leave yet
  const tally = { conflated: 0, missed: 0, faults: 0, fault: null };
  const invalid = []; // selectors that the browser refuses: [selector, why]
  let queue = [];

  // An exception must neither reach the page nor stop the observer; the next beat tells of it.
  const guarded = (work) => (...given) => {
    try {
      return work(...given);
    } catch (error) {
      tally.faults += 1;
      tally.fault = String(error).slice(0, MAX_CHARACTERS);
    }
  };

  // -- Finding elements. Each step of a selector looks inside what the step before found. --

  const engines = {
    css: (step, scope) => {
      if (roots.size === 1) return scope.querySelectorAll(step.css);
      return step.paths.flatMap((path) => path.reduce(descend, [scope]));
    },
    text: (step, scope) => within(scope).flatMap((root) => smallest(root, step.text)),
    role: (step, scope) =>
      [...engines.css(step, scope)].filter((element) => !step.name || says(accessibleName(element), step.name)),
    xpath: (step, scope) => {
      const found = document.evaluate(step.xpath, scope, null, XPathResult.ORDERED_NODE_SNAPSHOT_TYPE, null);
      return Array.from({ length: found.snapshotLength }, (_, i) => found.snapshotItem(i)).filter(isElement);
    },
  };

  const isElement = (node) => node.nodeType === Node.ELEMENT_NODE;

  function find(steps, scope) {
    if (steps.length === 1 && steps[0].engine === "css" && roots.size === 1) return scope.querySelectorAll(steps[0].css);
    let found = [scope];
    for (const step of steps) {
      found = step.engine === "nth"
        ? found.slice(step.index, step.index + 1 || undefined)
        : [...new Set(found.flatMap((each) => [...engines[step.engine](step, each)]))];
    }
    return found;
  }

  // The scope and every open shadow root under it.
  function within(scope) {
    if (scope === document) return [...roots];
    return [scope, ...[...roots].filter((root) => root !== document && under(root.host, scope))];
  }

  function under(node, scope) {
    while (!scope.contains(node)) {
      node = node.getRootNode().host;
      if (!node) return false;
    }
    return true;
  }

  // One compound of a CSS path inside what its left side matched. A later compound must not match by an ancestor
  // outside; a shadow root has no `:scope` of its own.
  function descend(scopes, compound, index) {
    const inside = index > 0 ? `:scope ${compound}` : compound;
    return [...new Set(scopes.flatMap((scope) =>
      within(scope).flatMap((root) => [...root.querySelectorAll(isElement(root) ? inside : compound)])))];
  }

  function smallest(root, wanted) {
    const inner = [...root.children].flatMap((child) => {
      // A child that does not hold the text has no descendant that does; of a pattern that cannot be said.
      if (isCode(child) || (wanted.pattern === undefined && !holds(child.textContent, wanted))) return [];
      return smallest(child, wanted);
    });
    return inner.length || !isElement(root) || !says(prose(root), wanted) ? inner : [root];
  }

  const isCode = (node) => /^(SCRIPT|STYLE|TEMPLATE|NOSCRIPT)$/.test(node.nodeName);

  // The text of an element without that of scripts in it.
  function prose(element) {
    const pieces = [...element.childNodes].map((node) =>
      node.nodeType === Node.TEXT_NODE ? node.data : isElement(node) && !isCode(node) ? prose(node) : "");
    return pieces.join("");
  }

  const spaced = (text) => text.replace(/\s+/g, " ").trim();
  const holds = (text, { exact, part }) =>
    exact === undefined ? spaced(text).toLowerCase().includes(part) : spaced(text).includes(exact);

  function says(text, wanted) {
    if (wanted.pattern !== undefined) return new RegExp(wanted.pattern, wanted.flags).test(spaced(text));
    return wanted.exact === undefined ? holds(text, wanted) : spaced(text) === wanted.exact;
  }

  // The browser computes it when started with ComputedAccessibilityInfo, as producer/browser.py does.
  const accessibleName = (element) => element.computedName ?? element.getAttribute("aria-label") ?? joined(element);

  // -- Reading texts. --

  function read(element, how) {
    if (how === "text") return joined(element);
    if (how === "texts") return [element].flat().map(joined).join("").slice(0, MAX_CHARACTERS);
    if (how === "value") return typeof element.value === "string" ? element.value.slice(0, MAX_CHARACTERS) : null;
    if (how === "aria") return accessibleName(element).slice(0, MAX_CHARACTERS);
    const at = how.indexOf(":");
    if (how.startsWith("attr")) return element.getAttribute(how.slice(at + 1))?.slice(0, MAX_CHARACTERS) ?? null;
    const { content } = getComputedStyle(element, how.slice(at + 1));
    const quoted = content.match(/"(?:[^"\\]|\\.)*"/g);
    return quoted && quoted.map((part) => part.slice(1, -1).replace(/\\(.)/g, "$1")).join("");
  }

  // The text as it is seen, through open shadow roots and slots, each piece trimmed and no space between pieces.
  function joined(node) {
    const only = node.firstChild;
    if (only && !only.nextSibling && only.nodeType === Node.TEXT_NODE && !shadowOf(node)) {
      return only.data.trim().slice(0, MAX_CHARACTERS);
    }
    let text = "";
    for (const child of shownChildren(node)) {
      if (child.nodeType === Node.TEXT_NODE) text += child.data.trim();
      else if (isElement(child) && !isCode(child)) text += joined(child);
      if (text.length >= MAX_CHARACTERS) return text.slice(0, MAX_CHARACTERS);
    }
    return text;
  }

  const shadowOf = (node) => node.shadowRoot ?? closed.get(node);

  function shownChildren(node) {
    const shadow = shadowOf(node);
    if (shadow) return shadow.childNodes;
    const assigned = node.nodeName === "SLOT" ? node.assignedNodes() : [];
    return assigned.length ? assigned : node.childNodes;
  }

  // A place: how many elements are there (`n`, -1 if the one there cannot be read), by which candidate (`c`), and what
  // it shows. The first candidate that matches exactly one element is taken, or any that are to be read together.
  function locate(candidates, scope) {
    let most = { n: 0, c: 0, element: null };
    for (const [c, candidate] of candidates.entries()) {
      const found = find(candidate.selector, scope);
      if (found.length === 1) return { n: 1, c, element: found[0] };
      if (found.length && candidate.read === "texts") return { n: 1, c, element: [...found] };
      if (found.length > most.n) most = { n: found.length, c, element: null };
    }
    return most;
  }

  function shown(place, candidates) {
    if (!place.element) return { n: place.n, c: place.c, text: null };
    const text = read(place.element, candidates[place.c].read);
    return { n: text === null ? -1 : 1, c: place.c, text, element: place.element };
  }

  const isSilent = (candidates) => candidates.some((candidate) => SILENT_READS.test(candidate.read));

  // -- Units. `look()` returns the symbol (null: none) and what is found for ask, bid and last (null: not its job). --

  // A fixed symbol. Its elements are kept, since finding them again may mean to search the whole document.
  class FixedUnit {
    constructor({ rule, symbol, fields, poll }) {
      this.rule = rule;
      this.symbol = symbol;
      this.candidates = PRICES.map((price) => fields[price] ?? null);
      this.wanted = this.candidates.map(Boolean);
      this.silent = poll || this.candidates.some((candidates) => candidates && isSilent(candidates));
      this.places = this.candidates.map((candidates) => candidates && { n: 0, c: 0, element: null, lostAt: -Infinity });
    }

    // Find again those fields for which `due(place)` holds. Returns whether there were any.
    bind(due) {
      let any = false;
      this.places.forEach((place, i) => {
        if (!place || !due(place)) return;
        any = true;
        const before = place.element;
        Object.assign(place, locate(this.candidates[i], document));
        if (place.element === before) return;
        if (before && !this.places.some((other) => other?.element === before)) owners.get(before)?.delete(this);
        if (before && !place.element) place.lostAt = now();
        if (place.element) for (const each of [place.element].flat()) own(each, this);
      });
      return any;
    }

    look() {
      const found = this.places.map((place, i) => place && shown(place, this.candidates[i]));
      return { symbol: this.symbol, found };
    }
  }

  // A row of a table. Rows are recycled, so the symbol too is read each time.
  class RowUnit {
    constructor(group, element) {
      Object.assign(this, { rule: group.rule, wanted: group.wanted, silent: group.silent, group, element });
    }

    look() {
      const { symbol, fields } = this.group.plan;
      const found = PRICES.map((price) => fields[price] && shown(locate(fields[price], this.element), fields[price]));
      return { symbol: symbolIn(symbol, this.element), found };
    }
  }

  // A box with a label and a value. Its label says which price the value is.
  class BoxUnit extends RowUnit {
    look() {
      const { symbol, label, value, labels } = this.group.plan;
      const [title, ...more] = find(label, this.element);
      const says = title && !more.length ? squeezed(joined(title)) : null;
      const found = PRICES.map((price) =>
        says !== null && labels[price]?.some((text) => squeezed(text) === says)
          ? shown(locate(value, this.element), value)
          : null);
      return { symbol: found.some(Boolean) ? (symbol.name ?? symbolIn(symbol, this.element)) : null, found };
    }
  }

  const squeezed = (text) => text.replace(/\s+/g, "").replace(/:$/, "").toLowerCase();

  function symbolIn(place, scope) {
    const found = find(place.selector, scope);
    return (found.length === 1 && read(found[0], place.read)?.trim()) || null;
  }

  // The rows or boxes of one rule: they come and go.
  class Group {
    constructor(plan) {
      this.plan = plan;
      this.rule = plan.rule;
      this.query = plan.rows ?? plan.box;
      this.units = new Map(); // element -> unit
      const fields = plan.fields ?? Object.fromEntries(Object.keys(plan.labels).map((price) => [price, plan.value]));
      this.wanted = PRICES.map((price) => Boolean(fields[price]));
      this.silent = plan.poll || Object.values(fields).some(isSilent);
    }

    // Take in what has come and let go of what has gone.
    bind() {
      const found = new Set([...find(this.query, document)].slice(0, MAX_UNITS));
      const touched = new Set();
      for (const [element, unit] of this.units) {
        if (found.has(element)) continue;
        this.units.delete(element);
        owners.get(element)?.delete(unit);
        if (unit.entry) touched.add(unit.entry);
        unit.entry?.units.delete(unit);
        dirty.delete(unit);
      }
      for (const element of found) {
        if (this.units.has(element)) continue;
        const unit = this.plan.kind === "table" ? new RowUnit(this, element) : new BoxUnit(this, element);
        this.units.set(element, unit);
        own(element, unit);
        dirty.add(unit);
      }
      touched.forEach((entry) => moved.add(entry));
    }
  }

  const fixed = plan.rules.filter(({ kind }) => kind === "symbol").map((rule) => new FixedUnit(rule));
  const groups = plan.rules.filter(({ kind }) => kind !== "symbol").map((rule) => new Group(rule));
  const dirty = new Set(fixed); // units to read at the next opportunity
  const moved = new Set(); // entries that lost a unit
  const units = () => [...fixed, ...groups.flatMap((group) => [...group.units.values()])];

  function own(element, unit) {
    const known = owners.get(element);
    if (known) known.add(unit);
    else owners.set(element, new Set([unit]));
  }

  // -- Noticing changes. --

  const observer = new MutationObserver(guarded((records) => {
    const climbed = new Set();
    let last = null;
    let structure = false;
    for (const record of records) {
      const { target } = record;
      if (target !== last) markDirty(target, climbed);
      last = target;
      if (record.type !== "childList") continue; // each list of nodes costs an object
      for (const node of record.removedNodes) structure ||= isElement(node);
      for (const node of record.addedNodes) {
        if (!isElement(node)) continue;
        structure = true;
        adoptShadows(node);
      }
    }
    if (structure) restructure();
    observe();
  }));

  // `climbed`: nodes from which this was done already.
  function markDirty(node, climbed = new Set()) {
    for (; node && !climbed.has(node); node = node.parentNode ?? node.host) {
      climbed.add(node);
      owners.get(node)?.forEach((unit) => dirty.add(unit));
    }
  }

  function adopt(root) {
    roots.add(root);
    observer.observe(root, WATCHED);
  }

  function adoptShadows(node) {
    const adoptOf = (element) => {
      const shadow = shadowOf(element);
      if (!shadow || roots.has(shadow)) return;
      adopt(shadow);
      adoptShadows(shadow);
    };
    if (isElement(node)) adoptOf(node);
    node.querySelectorAll("*").forEach(adoptOf);
  }

  // What a kind of work costs, in ms, judged each time that it has been done. Work that suddenly takes long was mostly
  // interrupted by another program: only several times in a row count.
  function cost() {
    let ms = 0.1;
    return (started) => (ms = Math.min(now() - started, 0.1 + 1.5 * ms));
  }

  // Elements came or went. What was lost is found again at once; the rest as often as it can be afforded: rows for at
  // most half of the page's time, what was never there for a twentieth of it.
  let rowsDue = 0;
  let missingDue = 0;
  let restructureTimer = null;
  const rowsCost = cost();
  const missingCost = cost();

  function restructure() {
    const at = now();
    const isLost = (place) => !place.element?.isConnected && (place.element || at - place.lostAt < LOST_MS);
    for (const unit of fixed) if (unit.bind(isLost)) dirty.add(unit);
    const waits = [rowsDue - at, missingDue - at].filter((wait) => wait > 0);
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
    const at = now();
    for (const root of roots) if (root !== document && !root.host.isConnected) roots.delete(root);
    adoptShadows(document);
    for (const unit of fixed) unit.bind(() => true);
    groups.forEach((group) => group.bind());
    const late = observe(units());
    tally.missed += late.filter((entry) => ![...entry.units].some(({ silent }) => silent)).length;
    if (JSON.stringify(sightings()) !== told) beat();
    setTimeout(guarded(sweep), Math.max(SWEEP_MS, 10 * (now() - at)));
  }

  // What changes in silence, or is to be polled, is looked at as often as anything else, for at most a twentieth of the
  // page's time.
  const pollCost = cost();

  function poll() {
    const at = now();
    observe(units().filter(({ silent }) => silent));
    setTimeout(guarded(poll), Math.max(interval, 20 * pollCost(at)));
  }

  // -- From units to readings. --

  // Read the units in need of it. Returns the entries that were known and show something new.
  function observe(more = []) {
    const touched = new Set(moved);
    for (const unit of new Set([...dirty, ...more])) {
      const { symbol, found } = unit.look();
      unit.found = found;
      const entry = symbol && entryOf(unit.rule, symbol.slice(0, MAX_CHARACTERS));
      if (unit.entry && unit.entry !== entry) {
        unit.entry.units.delete(unit);
        touched.add(unit.entry);
      }
      unit.entry = entry;
      entry?.units.add(unit);
      if (entry) touched.add(entry);
    }
    dirty.clear();
    moved.clear();
    const changed = [...touched].filter(settle);
    flush();
    return changed;
  }

  function entryOf(rule, symbol) {
    const key = `${rule} ${symbol}`;
    if (!entries.has(key)) {
      entries.set(key, {
        key, rule, symbol, units: new Set(), since: now(), places: [], texts: null, us: 0, sent: null,
        tokens: Infinity, refilled: now(),
      });
    }
    return entries.get(key);
  }

  // Put an entry together from its units. Returns whether a known one has a new reading.
  function settle(entry) {
    const units = [...entry.units];
    if (!units.length) {
      entries.delete(entry.key);
      held.delete(entry);
      return false;
    }
    entry.places = PRICES.map((_, i) => merged(units.map((unit) => unit.found[i]).filter(Boolean), units[0].wanted[i]));
    const texts = entry.places.map((place) => (place?.n === 1 ? place.text : null));
    const known = entry.texts !== null;
    if (!known) {
      if (!entry.places.some((place) => place?.n)) entry.since = now();
      const waits = entry.places.some((place) => place?.n === 0) && now() - entry.since < GRACE_MS;
      if (waits || texts.every((text) => text === null)) return false;
    }
    if (known && texts.every((text, i) => text === entry.texts[i])) return false;
    if (held.has(entry)) tally.conflated += 1;
    entry.texts = texts;
    entry.us = unixUs();
    held.add(entry);
    return known;
  }

  function merged(found, wanted) {
    if (!found.length) return wanted ? { n: 0, c: 0, text: null } : null;
    if (found.length === 1) return found[0];
    const there = found.filter(({ n }) => n > 0);
    if (there.length === 1) return there[0];
    return { ...found[0], n: there.length ? there.reduce((sum, { n }) => sum + n, 0) : found[0].n, text: null };
  }

  // -- Sending: on the long run a message each `interval` at most, and so for each symbol's readings. --

  let interval = plan.sample_ms;
  let due = -Infinity; // of the next message, if all were on time: one that is late must not make the rest late
  let seq = 0;
  let flushTimer = null;

  function flush() {
    const at = now();
    for (const entry of held) release(entry, at);
    if (queue.length && at >= due - JITTER_MS) {
      checkMarks();
      due = Math.max(due, at) + interval;
      const readings = queue;
      queue = [];
      post({ kind: "flush", readings });
    }
    if ((!queue.length && !held.size) || flushTimer !== null) return;
    const waits = [...held].map(({ tokens }) => (1 - tokens) * interval);
    if (queue.length) waits.push(due - JITTER_MS - at);
    flushTimer = setTimeout(guarded(() => {
      flushTimer = null;
      flush();
    }), Math.max(1, Math.min(...waits)));
  }

  function release(entry, at) {
    const room = 1 + BURST_MS / interval;
    entry.tokens = Math.min(room, entry.tokens + (at - entry.refilled) / interval);
    entry.refilled = at;
    if (entry.tokens < 0.99) return;
    held.delete(entry);
    if (entry.sent && entry.texts.every((text, i) => text === entry.sent[i])) return;
    entry.tokens -= 1;
    entry.sent = entry.texts;
    queue.push([entry.us, entry.rule, entry.symbol, ...entry.texts]);
  }

  function post(message) {
    seq += 1;
    globalThis.tickqlPost(JSON.stringify({ ...message, generation, seq }));
  }

  // -- The beat: the page is alive, and this is how well it is seen. Each second, and when that has changed. --

  const generation = Math.floor(Math.random() * 2 ** 52);
  let unacknowledged = []; // beats: { seq, at }
  let timerHz = null;

  let told = null;

  // What else the reader wants to know of: a dialog, the sign that one is logged in. `blank` marks count only while no
  // price is found.
  let marksTold = "[]";

  function marksSeen() {
    const blank = ![...entries.values()].some(({ places }) => places.some((place) => place?.n));
    const there = ({ selector, visible }) => [...find(selector, document)].some((each) => !visible || isShown(each));
    return plan.marks.flatMap((mark, i) => ((!mark.blank || blank) && there(mark) ? [i] : []));
  }

  function isShown(element) {
    const { width, height } = element.getBoundingClientRect();
    return width > 0 && height > 0 && element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  }

  // Before prices leave: what makes them doubtful is told first.
  function checkMarks() {
    if (plan.marks.some(({ blank }) => !blank) && JSON.stringify(marksSeen()) !== marksTold) beat();
  }

  // Marks have changed: readings of before that wait to leave, and what now stands in their place.
  function renewQueue() {
    const keys = new Set(queue.map(([, rule, symbol]) => `${rule} ${symbol}`));
    const waiting = [...keys].map((key) => entries.get(key)).filter(Boolean);
    queue = waiting.map((entry) => [unixUs(), entry.rule, entry.symbol, ...entry.texts]);
  }

  function sightings() {
    return {
      marks: marksSeen(),
      groups: groups.map(({ rule, units }) => [
        rule, units.size, [...units.values()].filter(({ entry }) => !entry).length,
      ]),
      places: [...entries.values()]
        .filter(({ places }) => places.some((place) => place?.n))
        .map(({ rule, symbol, places }) => [rule, symbol, ...places.map((place) => place && [place.n, place.c])]),
    };
  }

  function beat() {
    const at = now();
    const seen = sightings();
    told = JSON.stringify(seen);
    if (JSON.stringify(seen.marks) !== marksTold) renewQueue();
    marksTold = JSON.stringify(seen.marks);
    const skew = Date.now() - (origin + at); // a suspended machine, or a clock that was set
    if (Math.abs(skew) > 100) origin += skew;
    pace(at);
    post({
      kind: "beat",
      us: unixUs(),
      top: window === window.top,
      href: location.href.slice(0, MAX_CHARACTERS),
      title: document.title.slice(0, MAX_CHARACTERS),
      visible: document.visibilityState === "visible",
      timer_hz: timerHz,
      interval_ms: interval,
      ...tally,
      invalid,
      ...seen,
    });
    unacknowledged.push({ seq, at });
    unacknowledged = unacknowledged.slice(-100);
    askForRoots();
    measureTimers(5, at);
  }

  // Closed shadow roots are out of any script's reach; the reader can hand them in. Asked for while something is missing
  // on a page that has components of its own.
  let asked = 0;
  let askAt = 0;

  function askForRoots() {
    const isMissing =
      groups.some(({ units }) => !units.size || [...units.values()].some(({ entry }) => !entry)) ||
      [...entries.values()].some(({ places }) => places.some((place) => place?.n === 0));
    if (!isMissing || asked >= MAX_ASKED || now() < askAt) return;
    const elements = [...roots].flatMap((root) => [...root.querySelectorAll("*")]);
    const isSuspect = (element) => element.localName.includes("-") && !shadowOf(element);
    if (elements.length > MAX_TREE || !elements.some(isSuspect)) return;
    askAt = now() + BEAT_MS * 2 ** asked;
    asked += 1;
    post({ kind: "want", what: "roots" });
  }

  // Who reads slower than we write gets fewer messages, each with the newest texts: no backlog builds up.
  function pace(at) {
    const lag = unacknowledged.length ? at - unacknowledged[0].at : 0;
    if (lag > LAG_MS) interval = Math.min(MAX_INTERVAL_MS, Math.max(interval * 4, plan.sample_ms));
    else if (interval > plan.sample_ms) interval = Math.max(interval / 4, plan.sample_ms);
  }

  function measureTimers(left, started) {
    if (left) setTimeout(() => measureTimers(left - 1, started), 10);
    else timerHz = Math.round(5000 / (now() - started));
  }

  globalThis.tickql = {
    // Called by the reader: it has read everything up to `upTo`, and needs all readings again if it had to drop some.
    acknowledge: guarded((upTo, again) => {
      unacknowledged = unacknowledged.filter((each) => each.seq > upTo);
      if (!again) return;
      for (const entry of entries.values()) {
        if (entry.texts) queue.push([unixUs(), entry.rule, entry.symbol, ...entry.texts]);
      }
      flush();
    }),
    // Called by the reader with what was asked for.
    open: guarded((...shadows) => {
      for (const shadow of shadows) {
        if (closed.has(shadow.host)) continue;
        closed.set(shadow.host, shadow);
        asked = 0;
        adopt(shadow);
        adoptShadows(shadow);
        markDirty(shadow);
      }
      rowsDue = missingDue = 0;
      restructure();
      observe();
    }),
    // What is read now, for a picture of it: [symbol, price, element] of each.
    elements: () => units().flatMap(({ entry, found }) => (entry ? found : []).flatMap((place, i) =>
      [place?.element ?? []].flat().map((element) => [entry.symbol, PRICES[i], element]))),
  };

  // Selectors that the browser cannot understand would fail at each use: try each once, and leave it out.
  (function checkSelectors(value) {
    if (!value || typeof value !== "object") return;
    for (const part of Object.values(value)) checkSelectors(part);
    if (!value.engine) return;
    try {
      if (value.css !== undefined) document.querySelector(value.css);
      if (value.xpath !== undefined) document.createExpression(value.xpath);
      for (const text of [value.text, value.name]) if (text?.pattern !== undefined) new RegExp(text.pattern, text.flags);
    } catch (error) {
      invalid.push([value.css ?? value.xpath ?? JSON.stringify(value), String(error.message).slice(0, MAX_CHARACTERS)]);
      Object.assign(value, { engine: "css", css: ":not(*)", paths: [[":not(*)"]] });
    }
  })([plan.rules, plan.marks]);

  adopt(document);
  if (/"read":"aria"|"engine":"role".*"name":\{/.test(JSON.stringify(plan.rules))) post({ kind: "want", what: "names" });
  told = JSON.stringify(sightings());
  guarded(sweep)();
  if (units().some(({ silent }) => silent) || groups.some(({ silent }) => silent)) guarded(poll)();
  guarded(beat)();
  setInterval(guarded(beat), BEAT_MS);
}
