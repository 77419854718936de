// The places with a digit in them, and what they have shown.
({ roots: { isElement, isText, isCode, parentOf }, reading, MAX_TEXT }) => {
  const MAX_LEVELS = 4; // how far up from a text an element may hold a figure that is split into pieces
  const MAX_SPOTS = 20_000;
  const MAX_OTHERS = 200;
  const KEPT_TEXTS = 500; // of one spot, the newest

  const spots = []; // { id, element, read, last, texts, changes }
  const spotsOf = new WeakMap(); // element -> Map(read -> spot)
  const byPath = new Map();
  const others = new Set(); // texts that changed and hold no digit
  let changes = 0;

  const hasDigit = (text) => /\p{Nd}/u.test(text);

  function read(element, how) {
    if (!how.startsWith("texts ")) return reading.read(element, how) ?? "";
    return reading.read([...element.querySelectorAll(how.slice("texts ".length))], "texts");
  }

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
      const text = reading.joined(node);
      if (text.length > MAX_TEXT) return;
      if (hasDigit(text) || spotsOf.has(node)) look(node, "text", text);
      else if (level === 0 && text && document.readyState === "complete" && others.size < MAX_OTHERS) others.add(text);
    }
  }

  function seed(root) {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    for (let node = isText(root) ? root : walker.nextNode(); node; node = walker.nextNode()) {
      if (hasDigit(node.data)) lookUp(node.parentElement ?? node.getRootNode().host);
    }
  }

  return { spots, others, hasDigit, look, lookUp, seed, count: () => changes };
}
