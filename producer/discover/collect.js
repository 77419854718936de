// The collector of `tickql discover`. Runs in every frame of a page, in a JavaScript world of its own, and changes nothing.
// It keeps what texts with digits in them come to show, and hands out an outline of the page on demand; what the
// texts mean is found out in Python. What `report` returns is read by producer/discover/outline.py.
//
// A spot is a place with a digit in it: an element and how it is read (as in a feed file: text, value, aria, css:..., attr:...).
() => {
  "use strict";
  if (globalThis.tickqlDiscover) return;

  const WATCHED = { subtree: true, childList: true, characterData: true, attributes: true, attributeOldValue: true };
  const MAX_TEXT = 60; // a longer text is no price, nor a label
  const MAX_LEVELS = 4; // how far up from a text an element may hold a figure that is split into pieces
  const MAX_SPOTS = 20_000;
  const KEPT_TEXTS = 500; // of one spot, the newest
  const TOLD_TEXTS = 60;
  const MAX_TREE = 20_000;
  const MAX_NODES = 12_000;
  const MANY_CHILDREN = 60; // of more children, those that change and the first ones stand for all
  const SWEEP_MS = 100;
  const LISTING_MS = 1000;
  const MAX_SILENT = 3000;
  const NO_VALUE = /^(password|hidden|checkbox|radio|file|submit|button|image|reset|color|range)$/;

  // Odometer rolls ribbons of digits; only its style says which are seen. By its own class names these are: at rest the
  // only digit of a ribbon, of one that turns up the last, of one that turns down the first.
  const ODOMETER = ":is(.odometer-value:only-child, .odometer-animating-up .odometer-last-value,"
    + " .odometer-animating-down .odometer-first-value, .odometer-formatting-mark)";

  const now = () => performance.now();
  const started = now();
  const isElement = (node) => node?.nodeType === Node.ELEMENT_NODE;
  const isText = (node) => node?.nodeType === Node.TEXT_NODE;
  const isCode = (node) => /^(SCRIPT|STYLE|TEMPLATE|NOSCRIPT|SVG)$/i.test(node.nodeName);
  const hasDigit = (text) => /\p{Nd}/u.test(text);

  const roots = new Set();
  const closed = new WeakMap(); // element -> its closed shadow root, if it was handed in
  const spots = []; // { id, element, read, path, texts, changes }
  const spotsOf = new WeakMap(); // element -> Map(read -> spot)
  const byPath = new Map();
  const volatile = new WeakMap(); // element -> Set of "name" and "class token" that did not stay
  const others = new Map(); // texts that changed and hold no digit -> how often
  let silent = []; // [element, read] of what changes without a mutation
  let changes = 0;
  let faults = 0;

  const guarded = (work) => (...given) => {
    try {
      return work(...given);
    } catch {
      faults += 1;
    }
  };

  // -- Reading, as the observer does it. --

  function joined(node) {
    let text = "";
    for (const child of shownChildren(node)) {
      if (isText(child)) text += child.data.trim();
      else if (isElement(child) && !isCode(child)) text += joined(child);
      if (text.length > MAX_TEXT) break;
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

  const parentOf = (node) => node.parentElement ?? node.getRootNode().host ?? null;

  function read(element, how) {
    if (how === "text") return joined(element);
    if (how.startsWith("texts ")) return [...element.querySelectorAll(how.slice(6))].map(joined).join("");
    if (how === "value") return element.value;
    if (how === "aria") return element.computedName ?? element.getAttribute("aria-label") ?? "";
    if (how.startsWith("attr:")) return element.getAttribute(how.slice(5)) ?? "";
    const quoted = getComputedStyle(element, how.slice(4)).content.match(/"(?:[^"\\]|\\.)*"/g) ?? [];
    return quoted.map((part) => part.slice(1, -1).replace(/\\(.)/g, "$1")).join("");
  }

  // -- Spots. --

  // Where an element is: an element that replaces another takes over what was seen there.
  function pathOf(element) {
    let path = "";
    for (let each = element; each; each = parentOf(each)) {
      let place = 1;
      for (let left = each.previousElementSibling; left; left = left.previousElementSibling) place += 1;
      path = `/${each.localName}${place}.${each.classList[0] ?? ""}${path}`;
    }
    return path;
  }

  function look(element, how, found = undefined) {
    let known = spotsOf.get(element)?.get(how);
    const text = (found ?? read(element, how)).trim();
    if (!known) {
      if (!hasDigit(text) || text.length > MAX_TEXT || spots.length >= MAX_SPOTS) return;
      const path = `${pathOf(element)} ${how}`;
      known = byPath.get(path);
      if (!known || known.element.isConnected) {
        known = { id: spots.length, element, read: how, texts: [], changes: 0 };
        spots.push(known);
      }
      known.element = element;
      byPath.set(path, known);
      if (!spotsOf.has(element)) spotsOf.set(element, new Map());
      spotsOf.get(element).set(how, known);
    }
    if (known.last === text) return;
    if (known.last !== undefined) {
      known.changes += 1;
      changes += 1;
    }
    known.last = text;
    known.texts.push(text.slice(0, MAX_TEXT + 1));
    if (known.texts.length > KEPT_TEXTS) known.texts.shift();
  }

  // A text changed: it, and the elements around that show it together with its neighbours.
  function lookUp(node) {
    for (let level = 0; isElement(node) && level < MAX_LEVELS && !isCode(node); level += 1, node = parentOf(node)) {
      const text = joined(node);
      if (text.length > MAX_TEXT) return;
      if (hasDigit(text) || spotsOf.has(node)) look(node, "text", text);
      else if (level === 0 && text && document.readyState === "complete" && others.size < 200) others.set(text, (others.get(text) ?? 0) + 1);
    }
  }

  function seed(root) {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    for (let node = isText(root) ? root : walker.nextNode(); node; node = walker.nextNode()) {
      if (hasDigit(node.data)) lookUp(node.parentElement ?? node.getRootNode().host);
    }
  }

  // -- Noticing. --

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
      adopt(element);
      if (element.childElementCount) seed(shadowOf(element) ?? element);
      lookUp(element);
    }
    dirty.clear();
    due = now() + 3 * (now() - at);
  }

  function adopt(node) {
    for (const element of [node, ...node.querySelectorAll("*")]) {
      const shadow = shadowOf(element);
      if (!shadow || roots.has(shadow)) continue;
      roots.add(shadow);
      observer.observe(shadow, WATCHED);
      seed(shadow);
      adopt(shadow);
    }
  }

  const everywhere = (css) => [...roots].flatMap((root) => [...root.querySelectorAll(css)]);

  function listSilent() {
    const at = now();
    adopt(document);
    const found = [];
    for (const input of everywhere("input, textarea")) if (!NO_VALUE.test(input.type)) found.push([input, "value"]);
    for (const { parentElement } of everywhere(".odometer-inside")) if (parentElement) found.push([parentElement, `texts ${ODOMETER}`]);
    for (const element of everywhere("*").slice(0, MAX_NODES)) {
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

  // -- Telling. --

  function report() {
    const hot = new Set(); // what changes, and all that is around it
    const live = spots.filter(({ element }) => element.isConnected);
    for (const { element, changes } of live) {
      for (let each = changes ? element : null; each && !hot.has(each); each = parentOf(each)) hot.add(each);
    }
    const nodes = [];
    const indexOf = new Map();
    if (document.documentElement) outline(document.documentElement, -1, 1, false, { nodes, indexOf, hot });
    return JSON.stringify({
      url: location.href,
      title: document.title.slice(0, 300),
      lang: document.documentElement?.lang ?? "",
      top: window === window.top,
      seconds: (now() - started) / 1000,
      changes,
      faults,
      password: Boolean(everywhere("input[type=password]").length),
      canvases: everywhere("canvas").filter(({ width, height }) => width * height > 10_000).length,
      closed: hidesSomething(),
      others: [...others.keys()].slice(-20),
      nodes,
      spots: live.filter(({ element }) => indexOf.has(element)).map(({ id, element, read: how, texts, changes }) =>
        [id, indexOf.get(element), how, changes, [...new Set([...texts.slice(0, 20), ...texts.slice(-TOLD_TEXTS)])]]),
    });
  }

  // Whether closed shadow roots are worth a look: to find them, the whole document is gone through.
  function hidesSomething() {
    const elements = everywhere("*");
    return elements.length < MAX_TREE && elements.some((element) => element.localName.includes("-") && !shadowOf(element));
  }

  const boxOf = (range) => {
    const { x, y, width, height } = range.getBoundingClientRect();
    return [x, y, width, height].map((each) => Math.round(each * 10) / 10);
  };

  function outline(element, parent, place, shadow, into) {
    const { nodes, indexOf, hot } = into;
    const index = nodes.length;
    indexOf.set(element, index);
    nodes.push([parent, element.localName, place, shadow, boxOf(element), attributesOf(element), [...(volatile.get(element) ?? [])]]);
    const shown = [...shownChildren(element)];
    const many = shown.filter(isElement).length > MANY_CHILDREN;
    let left = MANY_CHILDREN;
    let order = 0;
    for (const child of shown) {
      if (isText(child)) text(child, index, nodes);
      if (!isElement(child)) continue;
      order += 1;
      if (isCode(child) || /^(head|option)$/.test(child.localName)) continue;
      const skipped = !hot.has(child) && (nodes.length > MAX_NODES || (many && order > 20));
      if (skipped || (many && (left -= 1) < 0)) continue;
      outline(child, index, order, Boolean(shadowOf(element)) || element.localName === "slot", into);
    }
  }

  function text(node, parent, nodes) {
    const data = node.data.replace(/\s+/g, " ").trim();
    if (!data) return;
    const range = document.createRange();
    range.selectNodeContents(node);
    nodes.push([parent, "#text", 0, false, boxOf(range), { text: data.slice(0, 200) }, []]);
  }

  function attributesOf(element) {
    const found = {};
    for (const { name, value } of element.attributes) {
      if (/^(style|on.*|d|points|srcset|src|xmlns.*|viewbox)$/i.test(name) || (name !== "class" && value.length > 100)) continue;
      found[name] = value.slice(0, 400);
    }
    return found;
  }

  globalThis.tickqlDiscover = {
    report: guarded(report),
    // Take in the closed shadow roots of the document.
    open: guarded((...shadows) => {
      for (const shadow of shadows) closed.set(shadow.host, shadow);
      adopt(document);
    }),
    // All that these spots have shown lately: { id: [text] }.
    texts: guarded((ids) => JSON.stringify(Object.fromEntries(ids.map((id) => [id, spots[id]?.texts ?? []])))),
    // Draw a frame around spots, for a picture: [[id, label, colour]]. The only thing that is done to the page.
    frame: guarded((drawn) => {
      const host = document.createElement("div");
      host.style = "position: absolute; left: 0; top: 0; z-index: 2147483647; pointer-events: none";
      const shadow = host.attachShadow({ mode: "closed" });
      for (const [id, label, colour] of drawn) {
        const { x, y, width, height } = spots[id].element.getBoundingClientRect();
        const box = document.createElement("div");
        box.style = `position: absolute; left: ${x + scrollX - 2}px; top: ${y + scrollY - 1}px; width: ${width + 2}px;`
          + `height: ${height}px; outline: 2px solid ${colour}; font: bold 9px/10px sans-serif; color: ${colour}`;
        const tag = document.createElement("span");
        tag.textContent = label;
        tag.style = `position: absolute; right: 0; top: -9px; background: ${colour}; color: white; padding: 0 2px`;
        box.append(tag);
        shadow.append(box);
      }
      document.documentElement.append(host);
    }),
  };

  roots.add(document);
  observer.observe(document, WATCHED);
  guarded(() => {
    adopt(document);
    seed(document);
  })();
  guarded(listSilent)();
  guarded(sweep)();
}
