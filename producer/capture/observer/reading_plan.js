// Reading plans. A plan says which texts of an element a person sees, in which order, and how they stand to each other.
// It is made from layout and computed style. To read an element again by its plan costs no layout: a plan is made again
// only when structure, class or style in or around the element have changed, and checked from time to time.
({ flat_tree: { isLeaf, isText, isDrawn }, generated_content: { contentOf }, visibility: { isInkless }, text_runs: { runsOf, isRendered, TooLarge },
  pieces: { piecesOf, hasDigit }, fonts: { faultOf, forget: forgetFonts }, restyling, surroundings, svg_text, shapes: { shapeOf, attributesOf, pathTo, follow, signatureOf }, selector_engine: { find }, MAX_CHARACTERS }) => {
  const UNREADABLE = "\x1e"; // before the reason why a text cannot be read
  const MIXED = "\ufffd"; // stands for a text whose digits are shown in another order than they are written
  const MAX_SHAPES = 16; // kept for each element: a page that makes more than that makes new ones all the time
  const NOTHING = new Set();

  const plans = new WeakMap(); // element -> plan
  const planned = new WeakSet(); // leaf elements and text nodes that plans read
  const known = new WeakMap(); // element -> { ignore, since, templates: Map(shape -> template) }

  // The seen text of an element. `ignore`: for each selector of what does not count in it, its steps; or null.
  function read(element, ignore = null) {
    const plan = plans.get(element);
    if (plan?.ignore === ignore && isFresh(plan, element)) {
      const text = textOf(plan);
      if (text !== null) return text;
    }
    return textOf(renew(element, ignore)) ?? textOf(keep(element, make(element, ignore))) ?? "";
  }

  function isFresh(plan, element) {
    if (plan.isStale) return false;
    if (plan.restyles !== restyling.count() && restyling.changedAround(element, plan.restyles)) return false;
    plan.restyles = restyling.count();
    return true;
  }

  function keep(element, plan) {
    plans.set(element, plan);
    const [part] = plan.parts;
    if (plan.parts.length === 1 && !plan.unreadable && part.leaf && !part.marker && part.order === "forward" && !plan.slots.length) plan.leaf = part.leaf;
    for (const { leaf, nodes } of plan.parts) for (const node of leaf ? [leaf] : nodes ?? []) planned.add(node);
    return plan;
  }

  // Make the plan of an element again: from a template if it had the same shape before, else from layout.
  function renew(element, ignore) {
    let memory = known.get(element);
    if (memory?.ignore !== ignore || restyling.forgotten(element, memory.since)) {
      memory = { ignore, since: restyling.count(), templates: new Map() };
      known.set(element, memory);
    }
    const { templates } = memory;
    const shape = shapeOf(element);
    const key = shape && restyling.restyledAround(element).reduce((text, each) => text + attributesOf(each), shape);
    const parts = templates.has(key) && partsFrom(templates.get(key).parts, element);
    if (parts) return keep(element, { ...blank(ignore), parts, hasDigit: true, isRendered: templates.get(key).isRendered });
    const plan = keep(element, make(element, ignore));
    if (!key || plan.unreadable || !plan.hasDigit) return plan;
    if (templates.size >= MAX_SHAPES) templates.clear();
    const template = templateOf(plan, element);
    if (template) templates.set(key, template);
    return plan;
  }

  const blank = (ignore) => ({ ignore, restyles: restyling.count(), isStale: false, parts: [], leaf: null, data: null, text: "", slots: [], hasDigit: false, isRendered: true, unreadable: null });

  function make(element, ignore) {
    const plan = blank(ignore);
    const style = getComputedStyle(element);
    const around = surroundings.around(element);
    const fault = isDrawn(element) ? `a <${element.localName}> shows no text` : surroundings.faultOf(around, style) ?? svg_text.faultOf(element, style);
    if (fault) return { ...plan, isRendered: isRendered(element, style), unreadable: UNREADABLE + fault };
    if (isPlain(element, style, around)) {
      const parts = [{ marker: "", leaf: element, nodes: null, content: null, order: "forward" }];
      return inFont({ ...plan, parts, hasDigit: !faultOf(style), isRendered: isRendered(element, style) }, [{ text: leafText(element), style }]);
    }
    try {
      const { runs, slots, isRendered, isTurned } = runsOf(element, style, around, ignore ? new Set(ignore.flatMap((steps) => [...find(steps, element)])) : NOTHING);
      if (isTurned) return { ...plan, isRendered, slots, unreadable: `${UNREADABLE}its parts are turned or mirrored` };
      return inFont({ ...plan, isRendered, slots, parts: partsOf(piecesOf(runs, isRendered)), hasDigit: runs.some(({ text }) => hasDigit(text)) }, runs);
    } catch (error) {
      if (!(error instanceof TooLarge)) throw error;
      return { ...plan, unreadable: `${UNREADABLE}it holds more elements or texts than a price has: choose a smaller element` };
    }
  }

  // Whether an element has nothing but its text, which needs no look at where that is drawn. One that is hidden as a whole
  // counts: a feed file may name what a page hides.
  const isPlain = (element, style, { isStruck, isPainted }) => isLeaf(element) && !isStruck && style.direction !== "rtl"
    && !isInkless(style, isPainted) && !contentOf(element, "::before") && !contentOf(element, "::after");

  // A plan, which is unreadable if the font or the looks of one of its digits are.
  function inFont(plan, runs) {
    const looksOf = (holder, style) => surroundings.faultOf(surroundings.around(holder), style) ?? svg_text.faultOf(holder, style);
    const fault = runs.reduce((found, { text, style, holder }) =>
      found ?? (hasDigit(text) ? faultOf(style) ?? (holder ? looksOf(holder, style) : null) : null), null);
    return fault ? { ...plan, unreadable: UNREADABLE + fault } : plan;
  }

  // What a plan reads: texts of nodes, and generated content, which does not change without a change of style.
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

  // A plan with paths in place of nodes; null: some of its nodes are not below the element.
  function templateOf({ parts, isRendered }, element) {
    const template = parts.map((part) => ({
      ...part,
      leaf: part.leaf && pathTo(part.leaf, element),
      nodes: part.leaf ? null : part.nodes?.map((node) => pathTo(node, element)),
    }));
    const paths = template.flatMap(({ leaf, nodes, content }) => (content ? [] : leaf ? [leaf] : nodes));
    return paths.every(Boolean) ? { parts: template, isRendered } : null;
  }

  function partsFrom(template, element) {
    const parts = template.map((part) => ({
      ...part,
      leaf: part.leaf && follow(element, part.leaf),
      nodes: part.nodes?.map((path) => follow(element, path)) ?? null,
    }));
    return parts.every(({ content, leaf, nodes }) => content || leaf || nodes?.every(Boolean)) ? parts : null;
  }

  // The text that a plan reads; null: the plan does not fit the element any more.
  function textOf(plan) {
    // Nearly all prices are the text of one element: this is what each change of a price costs.
    if (plan.leaf && plan.hasDigit) return leafOf(plan);
    if (plan.unreadable) return plan.unreadable;
    // A script may assign other nodes to a slot: nothing announces it.
    if (plan.slots.some(([slot, nodes]) => !isSame(slot.assignedNodes(), nodes))) return null;
    let text = "";
    for (const { marker, leaf, nodes, content, order } of plan.parts) {
      if (leaf?.firstElementChild) return null;
      const piece = content ?? (leaf ? leafText(leaf) : clean(nodes.map(({ data }) => data).join("")));
      if (!piece && plan.parts.length > 1) return null;
      text += marker + (order === "forward" ? piece : order === "mixed" ? MIXED : [...piece].reverse().join(""));
      if (text.length > MAX_CHARACTERS) return text.slice(0, MAX_CHARACTERS);
    }
    // The digits decide how the pieces stand to each other: with the first one the plan is made again.
    return plan.hasDigit || !hasDigit(text.replace(/\x1f../g, "")) ? text : null; // markers have digits of their own
  }

  const isSame = (nodes, others) => nodes.length === others.length && nodes.every((node, i) => node === others[i]);

  // The text of a plan with one leaf. Sweeps read most texts again without a change.
  function leafOf(plan) {
    const only = plan.leaf.firstChild;
    if (!only || only.nextSibling || !isText(only)) return plan.leaf.firstElementChild ? null : leafText(plan.leaf);
    const { data } = only;
    if (data !== plan.data) {
      plan.data = data;
      plan.text = clean(data);
    }
    return plan.text;
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
    const clean = /[\x00-\x08\x0e-\x1f]/.test(text) ? text.replace(/[\x00-\x08\x0e-\x1f]/g, "\ufffd") : text;
    return clean.length > MAX_CHARACTERS ? clean.slice(0, MAX_CHARACTERS) : clean;
  }

  // The plans that read a node, and those of the elements around it, no longer hold.
  function expire(node) {
    for (; node; node = node.parentNode ?? node.host) {
      const plan = plans.get(node);
      if (plan) plan.isStale = true;
    }
  }

  const hasElement = (nodes) => {
    for (const node of nodes) if (!isText(node)) return true;
    return false;
  };

  const isStyle = (node) => node?.localName === "style" || node?.localName === "link";

  // Learn from a record of a mutation observer which plans no longer hold.
  function note(record) {
    const { type, target } = record;
    if (type === "characterData") {
      if (planned.has(target) || planned.has(target.parentNode)) return;
      if (isStyle(target.parentNode)) restyling.forget(document);
      expire(target);
    } else if (type === "childList") {
      // A leaf is read as a whole: to replace the text in it changes no plan that reads it. But it may have been no leaf.
      if (isStyle(target)) restyling.forget(document);
      if (!planned.has(target) || target.firstElementChild || hasElement(record.removedNodes)) expire(target);
    } else if (restyling.note(record)) {
      expire(target);
    }
  }

  // An element was added or removed. A style sheet in it may change the looks of all others.
  function noteElement(element) {
    if (isStyle(element) || (element.firstElementChild && element.querySelector(":is(style, link):not(svg *)"))) restyling.forget(document);
  }

  // Something has changed the looks of an element without a mutation.
  function noteLooks(node) {
    restyling.forget(node);
    expire(node);
  }

  const noteFonts = () => { forgetFonts(); noteLooks(document); };

  let next = 0; // index of the element whose plan is checked next

  // Check the plans of some of the elements, for at most `budget` ms. Returns the elements whose plans have changed.
  const check = (elements, budget) => surroundings.checking(() => checkSome(elements, budget));

  function checkSome(elements, budget) {
    const until = performance.now() + budget;
    const changed = [];
    for (let left = elements.length; left && performance.now() < until; left -= 1) {
      next = (next + 1) % elements.length;
      const element = elements[next];
      const old = plans.get(element);
      if (!old || !element.isConnected || !isFresh(old, element)) continue;
      if (signatureOf(keep(element, make(element, old.ignore))) === signatureOf(old)) continue;
      known.delete(element);
      changed.push(element);
    }
    return changed;
  }

  // Whether the element that was read last had boxes; if not, only its structure was read.
  const hasBoxes = (element) => plans.get(element)?.isRendered ?? true;

  return { read, note, noteElement, noteLooks, noteFonts, check, isRendered: hasBoxes };
}
