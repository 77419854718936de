// Detects changes: by a mutation observer, and by polling what changes without a mutation.
({ shadow_roots: { isElement, isCode, shadowOf, everywhere, adopt }, reading_plan, spots: { hasDigit, update, updateUpwards, updateAll }, guarded, MAX_TEXT }) => {
  const WATCHED = { subtree: true, childList: true, characterData: true, attributes: true, attributeOldValue: true };
  const MAX_ELEMENTS = 12_000;
  const MAX_POLLED = 3000;
  const POLL_MS = 100;
  const LISTING_MS = 1000;
  const NO_VALUE = /^(password|hidden|checkbox|radio|file|submit|button|image|reset|color|range)$/;
  // The Odometer library rolls strips of digits, and only styles decide which digits are visible. Its class names tell:
  // at rest the only digit of a strip, in a strip that turns up the last one, in one that turns down the first one.
  const ODOMETER = ":is(.odometer-value:only-child, .odometer-animating-up .odometer-last-value,"
    + " .odometer-animating-down .odometer-first-value, .odometer-formatting-mark)";

  const now = () => performance.now();
  const volatile = new WeakMap(); // element -> Set of "name" and "class token" that changed
  // Classes that came and went, on any element: they show a state of the moment. A page may replace an element to
  // change its classes, so the classes of an element and of the one in its place are compared too.
  const came = new Set();
  const went = new Set();
  const MAX_COMPARED = 60; // elements of one replacement
  let polled = []; // [element, how to read it] of what may change without a mutation
  const dirty = new Set();
  let due = 0;
  let timer = null;

  const observer = new MutationObserver(guarded((records) => {
    for (const record of records) {
      reading_plan.note(record);
      const { type, target, addedNodes, removedNodes, attributeName, oldValue } = record;
      if (type === "attributes") recordAttribute(target, attributeName, oldValue);
      else dirty.add(type === "characterData" ? target.parentNode : target);
      for (const node of addedNodes) {
        if (!isElement(node)) continue;
        dirty.add(node);
        reading_plan.noteElement(node);
      }
      if (removedNodes.length && addedNodes.length) compare(removedNodes, addedNodes, MAX_COMPARED);
    }
    flush();
  }));

  function recordAttribute(element, name, before) {
    const after = element.getAttribute(name) ?? "";
    if (after === (before ?? "")) return;
    if (!volatile.has(element)) volatile.set(element, new Set());
    const changed = volatile.get(element);
    if (name === "class") {
      const [old, fresh] = [before ?? "", after].map((text) => new Set(text.split(/\s+/)));
      for (const token of noteStates(old, fresh)) changed.add(`class ${token}`);
      return;
    }
    changed.add(name);
    if (name !== "style" && hasDigit(after)) update(element, `attr:${name}`);
  }

  // Note the classes that differ between two moments. Returns them.
  function noteStates(old, fresh) {
    const lost = [...old].filter((token) => !fresh.has(token));
    const found = [...fresh].filter((token) => !old.has(token));
    lost.forEach((token) => went.add(token));
    found.forEach((token) => came.add(token));
    return [...lost, ...found];
  }

  // Compare the classes of removed elements with those of the elements in their places. Returns how many may follow.
  function compare(before, after, left) {
    for (let i = 0; i < Math.min(before.length, after.length) && left > 0; i += 1) {
      if (!isElement(before[i]) || before[i].localName !== after[i].localName) continue;
      noteStates(new Set(before[i].classList), new Set(after[i].classList));
      left = compare(before[i].children, after[i].children, left - 1);
    }
    return left;
  }

  // Read what has changed, in at most a quarter of the page's time: the pause after a flush is three times its length.
  function flush() {
    if (timer !== null) return;
    const at = now();
    if (at < due) {
      timer = setTimeout(guarded(() => {
        timer = null;
        flush();
      }), due - at);
      return;
    }
    readDirty();
    due = now() + 3 * (now() - at);
  }

  function readDirty() {
    for (const node of dirty) {
      const element = isElement(node) ? node : node?.host;
      if (!element?.isConnected) continue;
      watch(element);
      if (element.childElementCount) updateAll(shadowOf(element) ?? element);
      updateUpwards(element);
    }
    dirty.clear();
  }

  // Observe the new shadow roots below a node as well.
  function watch(node) {
    for (const shadow of adopt(node)) {
      observer.observe(shadow, WATCHED);
      updateAll(shadow);
    }
  }

  function listPolled() {
    const at = now();
    watch(document);
    const found = [];
    for (const input of everywhere("input, textarea")) if (!NO_VALUE.test(input.type)) found.push([input, "value"]);
    for (const { parentElement } of everywhere(".odometer-inside")) if (parentElement) found.push([parentElement, `texts ${ODOMETER}`]);
    for (const element of everywhere("*").slice(0, MAX_ELEMENTS)) {
      if (isCode(element)) continue;
      const named = element.localName.includes("-") || element.hasAttribute("aria-label") || element.hasAttribute("aria-labelledby");
      if (named) found.push([element, "aria"]);
      if (element.childElementCount || element.textContent.length > MAX_TEXT) continue;
      for (const pseudo of ["::before", "::after"]) {
        if (hasDigit(getComputedStyle(element, pseudo).content)) found.push([element, `css:${pseudo}`]);
      }
    }
    polled = found.slice(0, MAX_POLLED);
    setTimeout(guarded(listPolled), Math.max(LISTING_MS, 20 * (now() - at)));
  }

  function poll() {
    const at = now();
    for (const [element, how] of polled) if (element.isConnected) update(element, how);
    setTimeout(guarded(poll), Math.max(POLL_MS, 10 * (now() - at)));
  }

  function start() {
    observer.observe(document, WATCHED);
    guarded(() => {
      watch(document);
      updateAll(document);
    })();
    guarded(listPolled)();
    guarded(poll)();
  }

  const states = () => [...came].filter((token) => went.has(token));

  return { volatile, states, readDirty, watch, start };
}
