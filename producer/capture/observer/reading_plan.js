// Reading plans. A plan says which texts of an element a person sees, in which order, and how they stand to each other.
// It is made from layout and computed style. To read an element again by its plan costs no layout: a plan is made again
// only when structure, class or style in or around the element have changed, and checked from time to time.
({ flat_tree: { isLeaf, isText }, generated_content: { contentOf }, visibility: { isHiddenByStyle }, text_runs: { runsOf, TooLarge },
  pieces: { piecesOf, hasDigit }, selector_engine: { find }, MAX_CHARACTERS }) => {
  const UNREADABLE = "\x1e"; // before the reason why a text cannot be read
  const MIXED = "\ufffd"; // stands for a text whose digits are shown in another order than they are written
  const NOTHING = new Set();

  const plans = new WeakMap(); // element -> plan
  const planned = new WeakSet(); // leaf elements and text nodes that plans read
  const restyled = new WeakMap(); // node -> the number of its newest change of style
  let restyles = 0;

  // The seen text of an element. `ignore`: for each selector of what does not count in it, its steps; or null.
  function read(element, ignore = null) {
    const plan = plans.get(element);
    if (plan?.ignore === ignore && isFresh(plan, element)) {
      const text = textOf(plan);
      if (text !== null) return text;
    }
    return textOf(renew(element, ignore)) ?? "";
  }

  function renew(element, ignore) {
    const plan = make(element, ignore);
    plans.set(element, plan);
    return plan;
  }

  function make(element, ignore) {
    const plan = { ignore, restyles, isStale: false, leaf: null, parts: [], hasDigit: false, unreadable: null };
    const style = getComputedStyle(element);
    const isPlain = isLeaf(element) && style.direction !== "rtl" && !contentOf(element, "::before") && !contentOf(element, "::after");
    if (isPlain && !isHiddenByStyle({ fontSize: style.fontSize, webkitTextSecurity: style.webkitTextSecurity }, 1)) {
      plan.leaf = element;
      planned.add(element);
      return plan;
    }
    try {
      const { runs, isRendered } = runsOf(element, ignore ? new Set(ignore.flatMap((steps) => [...find(steps, element)])) : NOTHING);
      plan.parts = partsOf(piecesOf(runs, isRendered));
      plan.hasDigit = runs.some(({ text }) => hasDigit(text));
      for (const { leaf, nodes } of runs) for (const node of leaf ? [leaf] : nodes ?? []) planned.add(node);
    } catch (error) {
      if (!(error instanceof TooLarge)) throw error;
      plan.unreadable = `${UNREADABLE}it holds more elements or texts than a price has: choose a smaller element`;
    }
    return plan;
  }

  // What the plan reads: texts of nodes, and generated content, which does not change without a change of style.
  function partsOf(pieces) {
    return pieces.map(({ run, marker }, i) => {
      const before = pieces[i - 1];
      // Texts of one element that touch are one text, also around something hidden. So is generated content beside them,
      // as if the page had written it there; but two numbers beside one another are two.
      const isOneText = marker === "\x1f0=" && run.holder === before.run.holder
        && (Boolean(run.pseudo) === Boolean(before.run.pseudo) || !(hasDigit(run.text) && hasDigit(before.run.text)));
      return {
        marker: isOneText ? "" : marker,
        leaf: run.leaf ?? null,
        nodes: run.nodes ?? null,
        content: run.pseudo ? clean(run.text) : null,
        order: run.order ?? "forward",
      };
    });
  }

  // The text that a plan reads; null: the plan does not fit the element any more.
  function textOf(plan) {
    if (plan.leaf) {
      if (plan.leaf.firstElementChild) return null;
      return leafText(plan.leaf);
    }
    if (plan.unreadable) return plan.unreadable;
    let text = "";
    for (const { marker, leaf, nodes, content, order } of plan.parts) {
      const piece = content ?? (leaf ? leafText(leaf) : clean(nodes.map(({ data }) => data).join("")));
      if (!piece) return null;
      text += marker + (order === "backward" ? reverse(piece) : order === "mixed" ? MIXED : piece);
      if (text.length > MAX_CHARACTERS) return text.slice(0, MAX_CHARACTERS);
    }
    // The digits decide how the pieces stand to each other: with the first one the plan is made again.
    return plan.hasDigit || !hasDigit(text) ? text : null;
  }

  function leafText(element) {
    const only = element.firstChild;
    if (!only) return "";
    if (!only.nextSibling && isText(only)) return clean(only.data);
    let text = "";
    for (const child of element.childNodes) if (isText(child)) text += child.data;
    return clean(text);
  }

  // Text of the page without spaces at its ends, and without the characters that this side writes as markers.
  function clean(data) {
    const text = data.trim();
    return (/[\x00-\x08\x0e-\x1f]/.test(text) ? text.replace(/[\x00-\x08\x0e-\x1f]/g, "\ufffd") : text).slice(0, MAX_CHARACTERS);
  }

  const reverse = (text) => [...text].reverse().join("");

  function isFresh(plan, element) {
    if (plan.isStale) return false;
    if (plan.restyles === restyles) return true;
    for (let node = element.parentNode ?? element.host; node; node = node.parentNode ?? node.host) {
      if (restyled.get(node) > plan.restyles) return false;
    }
    plan.restyles = restyles;
    return true;
  }

  // The plans that read a node, and those of the elements around it, no longer hold.
  function expire(node) {
    for (; node; node = node.parentNode ?? node.host) {
      const plan = plans.get(node);
      if (plan) plan.isStale = true;
    }
  }

  function noteRestyled(node) {
    restyles += 1;
    restyled.set(node, restyles);
    expire(node);
  }

  const QUIET = /^(title|value|alt|href|src|srcset)$/; // attributes that are hardly ever styled by

  // Learn from a record of a mutation observer which plans no longer hold.
  function note({ type, target, attributeName, oldValue, addedNodes }) {
    if (type === "characterData") {
      if (!planned.has(target) && !planned.has(target.parentNode)) expire(target);
    } else if (type === "childList") {
      // A leaf is read as a whole: to replace the text in it changes no plan that reads it.
      if (!planned.has(target) || target.firstElementChild) expire(target);
      for (const node of addedNodes) if (/^(style|link)$/i.test(node.localName)) noteRestyled(document);
    } else if (!QUIET.test(attributeName) && target.getAttribute(attributeName) !== oldValue) {
      noteRestyled(target);
    }
  }

  let next = 0; // index of the element whose plan is checked next

  // Check the plans of some of the elements, for at most `budget` ms. Returns the elements whose plans have changed.
  function check(elements, budget) {
    const until = performance.now() + budget;
    const changed = [];
    for (let left = elements.length; left && performance.now() < until; left -= 1) {
      next = (next + 1) % elements.length;
      const element = elements[next];
      const old = plans.get(element);
      if (!old || !element.isConnected) continue;
      if (signature(renew(element, old.ignore)) !== signature(old)) changed.push(element);
    }
    return changed;
  }

  const identities = new WeakMap();
  let identity = 0;

  function identify(node) {
    if (!identities.has(node)) identities.set(node, (identity += 1));
    return identities.get(node);
  }

  const signature = ({ leaf, parts, unreadable }) => leaf ? "leaf" : unreadable ?? JSON.stringify(
    parts.map((part) => [part.marker, part.content, part.order, ...(part.leaf ? [part.leaf] : part.nodes ?? []).map(identify)]));

  return { read, note, noteRestyled, check };
}
