// Notices what changes: by mutations, and in silence.
({ roots: { isElement, isCode, shadowOf, everywhere, adopt }, spots: { hasDigit, look, lookUp, seed }, guarded, MAX_TEXT }) => {
  const WATCHED = { subtree: true, childList: true, characterData: true, attributes: true, attributeOldValue: true };
  const MAX_ELEMENTS = 12_000;
  const MAX_SILENT = 3000;
  const SWEEP_MS = 100;
  const LISTING_MS = 1000;
  const NO_VALUE = /^(password|hidden|checkbox|radio|file|submit|button|image|reset|color|range)$/;
  // Odometer rolls ribbons of digits; only its style says which are seen. By its own class names these are: at rest the
  // only digit of a ribbon, of one that turns up the last, of one that turns down the first.
  const ODOMETER = ":is(.odometer-value:only-child, .odometer-animating-up .odometer-last-value,"
    + " .odometer-animating-down .odometer-first-value, .odometer-formatting-mark)";

  const now = () => performance.now();
  const volatile = new WeakMap(); // element -> Set of "name" and "class token" that did not stay
  let silent = []; // [element, read] of what changes without a mutation
  const dirty = new Set();
  let due = 0;
  let timer = null;

  const observer = new MutationObserver(guarded((records) => {
    for (const { type, target, addedNodes, attributeName, oldValue } of records) {
      if (type === "attributes") noticeAttribute(target, attributeName, oldValue);
      else dirty.add(type === "characterData" ? target.parentNode : target);
      for (const node of addedNodes) if (isElement(node)) dirty.add(node);
    }
    settle();
  }));

  function noticeAttribute(element, name, before) {
    const after = element.getAttribute(name) ?? "";
    if (after === (before ?? "")) return;
    if (!volatile.has(element)) volatile.set(element, new Set());
    const lost = volatile.get(element);
    if (name === "class") {
      const [old, fresh] = [before ?? "", after].map((text) => new Set(text.split(/\s+/)));
      for (const token of [...old, ...fresh]) if (old.has(token) !== fresh.has(token)) lost.add(`class ${token}`);
      return;
    }
    lost.add(name);
    if (name !== "style" && hasDigit(after)) look(element, `attr:${name}`);
  }

  // A page that changes a lot is looked at for a quarter of its time.
  function settle() {
    if (timer !== null) return;
    const at = now();
    if (at < due) {
      timer = setTimeout(guarded(() => {
        timer = null;
        settle();
      }), due - at);
      return;
    }
    for (const node of dirty) {
      const element = isElement(node) ? node : node?.host;
      if (!element?.isConnected) continue;
      watch(element);
      if (element.childElementCount) seed(shadowOf(element) ?? element);
      lookUp(element);
    }
    dirty.clear();
    due = now() + 3 * (now() - at);
  }

  // The shadow roots under a node that are new are watched as well.
  function watch(node) {
    for (const shadow of adopt(node)) {
      observer.observe(shadow, WATCHED);
      seed(shadow);
    }
  }

  function listSilent() {
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
    silent = found.slice(0, MAX_SILENT);
    setTimeout(guarded(listSilent), Math.max(LISTING_MS, 20 * (now() - at)));
  }

  function sweep() {
    const at = now();
    for (const [element, how] of silent) if (element.isConnected) look(element, how);
    setTimeout(guarded(sweep), Math.max(SWEEP_MS, 10 * (now() - at)));
  }

  function start() {
    observer.observe(document, WATCHED);
    guarded(() => {
      watch(document);
      seed(document);
    })();
    guarded(listSilent)();
    guarded(sweep)();
  }

  return { volatile, watch, start };
}
