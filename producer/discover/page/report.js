// Returns what was recorded. `Outline.decode` in outline.py reads the text that `report` returns.
({ shadow_roots: { isElement, isText, isCode, shadowOf, parentOf, everywhere, shownChildren }, spots, changes: { volatile, states, readDirty }, faults }) => {
  const REPORTED_TEXTS = 60; // the newest texts of each spot
  const MAX_TREE = 20_000;
  const MAX_NODES = 12_000;
  const MANY_CHILDREN = 60; // of more children, only those that change and the first ones are reported

  const started = performance.now();

  function report() {
    readDirty();
    const hot = new Set(); // elements that change, and their ancestors
    const live = spots.spots.filter(({ element }) => element.isConnected);
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
      seconds: (performance.now() - started) / 1000,
      changes: spots.count(),
      faults: faults(),
      password: Boolean(everywhere("input[type=password]").length),
      canvases: everywhere("canvas").filter(({ width, height }) => width * height > 10_000).length,
      closed: mayHaveClosedRoots(),
      others: [...spots.others].slice(-20),
      longs: [...spots.longs.values()].filter(({ changes }) => changes).map(({ text }) => text.slice(0, 60)),
      states: states(),
      nodes,
      spots: live.filter(({ element }) => indexOf.has(element)).map(({ id, element, read: how, texts, changes, frames }) =>
        [id, indexOf.get(element), how, changes, different([...texts.slice(0, 20), ...texts.slice(-REPORTED_TEXTS)]), frames]),
    });
  }

  // The different texts, each where it was last.
  const different = (texts) => [...new Set(texts.reverse())].reverse();

  // To find closed shadow roots, the debugging protocol must describe the whole document: not for large documents.
  function mayHaveClosedRoots() {
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
    if (!data || isIcon(node, data) || isHidden(node)) return;
    const range = document.createRange();
    range.selectNodeContents(node);
    nodes.push([parent, "#text", 0, false, boxOf(range), { text: data.slice(0, 200) }, []]);
  }

  const HIDDEN_LEVELS = 3;
  const isSeen = (element) => {
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return false;
    const { width, height } = element.getBoundingClientRect();
    return (width > 1 && height > 1) || getComputedStyle(element).overflow === "visible";
  };

  // Whether a text is hidden inside something that is seen, as texts for screen readers are. A panel that is hidden as a
  // whole keeps its texts: its prices may be the only ones of the page.
  function isHidden({ parentElement }) {
    if (!parentElement || isSeen(parentElement)) return false;
    let outer = parentOf(parentElement);
    for (let level = 0; outer && level < HIDDEN_LEVELS; level += 1, outer = parentOf(outer)) {
      if (isSeen(outer)) return !/^(body|html)$/.test(outer.localName);
    }
    return false;
  }

  // Icon fonts show a picture for a word such as `arrow_upward`.
  function isIcon({ parentElement }, data) {
    if (!parentElement || !/^[a-z0-9_]+$|^[\ue000-\uf8ff]+$/.test(data)) return false;
    const [font] = getComputedStyle(parentElement).fontFamily.split(",");
    return /icon|awesome|glyph|material symbols/i.test(font);
  }

  function attributesOf(element) {
    const found = {};
    for (const { name, value } of element.attributes) {
      if (/^(style|on.*|d|points|srcset|src|xmlns.*|viewbox)$/i.test(name) || (name !== "class" && value.length > 100)) continue;
      found[name] = value.slice(0, 400);
    }
    return found;
  }

  // The recorded texts of some spots: { id: [text] }.
  const texts = (ids) => JSON.stringify(Object.fromEntries(ids.map((id) => [id, spots.spots[id]?.texts ?? []])));

  // Draw boxes around spots for a screenshot: [[id, label, colour]]. Nothing else of the collector changes the page.
  function drawBoxes(drawn) {
    const host = document.createElement("div");
    host.style = "position: absolute; left: 0; top: 0; z-index: 2147483647; pointer-events: none";
    const shadow = host.attachShadow({ mode: "closed" });
    for (const [id, label, colour] of drawn) {
      const { x, y, width, height } = spots.spots[id].element.getBoundingClientRect();
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
  }

  return { report, texts, drawBoxes };
}
