// The spots of the frame, and the texts that they have shown.
({ shadow_roots: { isElement, isText, isCode, parentOf }, element_text, MAX_TEXT }) => {
  const MAX_LEVELS = 4; // how many elements around a text may join it with others to one number
  const MAX_SPOTS = 20_000;
  const MAX_OTHER_TEXTS = 200;
  const KEPT_TEXTS = 500; // the newest texts of each spot

  // A run is a row of changes at the rate of frames, all up or all down: an animation towards a value.
  const FRAME_MS = 80; // several times a frame: a busy page drops some
  const MIN_RUN = 6;

  const spots = []; // { id, element, read, last, texts, changes, frames }; the id is the index
  const spotsOf = new WeakMap(); // element -> Map(read -> spot)
  const byPath = new Map();
  const others = new Set(); // texts that changed and contain no digit
  const longs = new Map(); // elements whose text has digits but is longer than MAX_TEXT -> { text, changes }
  let changes = 0;

  // A seen text without the markers between its pieces.
  const plain = (text) => text.replace(/\x1f../g, "");
  const hasDigit = (text) => /\p{Nd}/u.test(plain(text));
  const isLong = (text) => text.startsWith("\x1e") || plain(text).length > MAX_TEXT;

  function read(element, how) {
    if (!how.startsWith("texts ")) return element_text.read(element, { read: how }) ?? "";
    return element_text.read([...element.querySelectorAll(how.slice("texts ".length))], { read: "texts" });
  }

  // The path of an element. When a page replaces an element, the new one inherits the spot of the same path.
  function pathOf(element) {
    let path = "";
    for (let each = element; each; each = parentOf(each)) {
      let place = 1;
      for (let left = each.previousElementSibling; left; left = left.previousElementSibling) place += 1;
      path = `/${each.localName}${place}.${each.classList[0] ?? ""}${path}`;
    }
    return path;
  }

  // Read a place, and record its text if the text has changed. `found`: the text, if the caller has read it already.
  function update(element, how, found = undefined) {
    let known = spotsOf.get(element)?.get(how);
    const text = (found ?? read(element, how)).trim();
    if (!known) {
      if (!hasDigit(text) || isLong(text) || spots.length >= MAX_SPOTS) return;
      const path = `${pathOf(element)} ${how}`;
      known = byPath.get(path);
      if (!known || known.element.isConnected) {
        known = { id: spots.length, element, read: how, texts: [], changes: 0, frames: 0, run: 0, up: 0, at: 0 };
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
      noteRun(known, text);
    }
    known.last = text;
    known.texts.push(isLong(text) ? plain(text).slice(0, MAX_TEXT + 1) : text);
    if (known.texts.length > KEPT_TEXTS) known.texts.shift();
  }

  // Count those changes of a spot that belong to runs (`frames`).
  function noteRun(spot, text) {
    const at = performance.now();
    const [before, after] = [spot.last, text].map((each) => Number(plain(each).replace(/\P{Nd}/gu, "")));
    const up = Math.sign(after - before);
    const goesOn = at - spot.at < FRAME_MS && up === spot.up && up !== 0;
    spot.run = goesOn ? spot.run + 1 : 1;
    if (spot.run === MIN_RUN) spot.frames += MIN_RUN;
    else if (spot.run > MIN_RUN) spot.frames += 1;
    spot.up = up;
    spot.at = at;
  }

  function noteLong(element, text) {
    const known = longs.get(element);
    if (known?.text === text || (!known && longs.size >= MAX_OTHER_TEXTS)) return;
    longs.set(element, { text, changes: known ? known.changes + 1 : 0 });
  }

  // Update an element whose text has changed, and the elements around it that join the text with its neighbours.
  function updateUpwards(node) {
    for (let level = 0; isElement(node) && level < MAX_LEVELS && !isCode(node); level += 1, node = parentOf(node)) {
      const text = element_text.read(node, { read: "text" });
      if (isLong(text)) {
        if (level === 0 && !node.firstElementChild && hasDigit(text)) noteLong(node, plain(text));
        return;
      }
      if (hasDigit(text) || spotsOf.has(node)) update(node, "text", text);
      else if (level === 0 && text && document.readyState === "complete" && others.size < MAX_OTHER_TEXTS) others.add(plain(text));
    }
  }

  // Update all texts below a node.
  function updateAll(root) {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    for (let node = isText(root) ? root : walker.nextNode(); node; node = walker.nextNode()) {
      if (hasDigit(node.data)) updateUpwards(node.parentElement ?? node.getRootNode().host);
    }
  }

  return { spots, others, longs, hasDigit, update, updateUpwards, updateAll, count: () => changes };
}
