// The runs of an element: each stretch of text in it that a person sees, with its style and its boxes. A run is the text
// of one element or text node, or the generated content of one pseudo-element.
({
  flat_tree: { isElement, isText, isTextless, isLeaf, childrenOf },
  generated_content: { contentOf },
  font_metrics: { HEIGHT_EM, baselineOf, bottomOf },
  surroundings,
  visibility: { alphaOf, isHiddenByStyle, isClippedAway, isShiftedAway, clipsOverflow, visibleShare, isAway, isCovered },
}) => {
  const MAX_ELEMENTS = 400; // in one price: with more, something else than a price was selected
  const MAX_RUNS = 60;
  const ICON_FONT = /icon|awesome|glyph|symbols/i; // their letters are drawn as pictures
  const BLOCK = /^(block|flex|grid|table|list-item|flow-root)/;
  const BLOCK_TAGS = /^(div|p|ul|ol|li|dl|dt|dd|table|tr|td|th|section|article|header|footer|h[1-6]|pre|form|details|summary|dialog)$/;
  const MAX_MEASURED = 60; // characters of a text whose places are measured one by one
  const CHARACTERS_PER_EM = 2; // roughly, of digits: for generated content, whose box no script can measure
  const MAX_WIDER = 2; // than it seems to be: with more room generated content does not fill it

  const range = document.createRange();

  const isDigit = (character) => /\p{Nd}/u.test(character);

  class TooLarge extends Error {}

  // Collect the runs of an element in the order of the document, the slots in it with what is assigned to each, and
  // whether all that has boxes. `around`: the looks that they have from the element and all around it. `ignored`: elements
  // whose text does not count.
  function runsOf(element, style, { isStruck, isPainted }, ignored) {
    const hasBoxes = isRendered(element, style);
    const walk = { root: element, ignored, isRendered: hasBoxes, runs: [], slots: [], elements: 0, gap: 0 };
    visit(walk, element, { opacity: 1, clips: [], struck: isStruck, painted: isPainted, link: null, box: null, icon: false, float: null, transformed: false, turned: false }, style);
    const runs = hasBoxes ? walk.runs.filter((run) => place(walk, run)) : walk.runs;
    const isTurned = hasBoxes && runs.length > 1 && (runs.some(({ context }) => context.turned)
      || (runs[0].first.left > runs.at(-1).first.left && isMirrored(runs)));
    return { runs, slots: walk.slots, isRendered: hasBoxes, isTurned };
  }

  // Whether an element has boxes. An element that only hands its children on has none, but they have.
  function isRendered(element, style) {
    const box = style.display === "contents" ? element.parentElement : element;
    return Boolean(style.display) && Boolean(box?.checkVisibility());
  }

  function visit(walk, element, around, style) {
    if ((walk.elements += 1) > MAX_ELEMENTS || walk.runs.length > MAX_RUNS) throw new TooLarge();
    const isBlock = element !== walk.root && (style.display ? BLOCK.test(style.display) : BLOCK_TAGS.test(element.localName));
    const context = contextOf(walk, element, around, style);
    if (element.localName === "slot") walk.slots.push([element, element.assignedNodes()]);
    if (isBlock) walk.gap = 3;
    generated(walk, element, context, "::before");
    if (isLeaf(element)) textRun(walk, { leaf: element, nodes: [...childrenOf(element)].filter(isText) }, element, context, style);
    else visitChildren(walk, element, context, style);
    generated(walk, element, context, "::after");
    if (isBlock) walk.gap = 3;
  }

  function visitChildren(walk, element, context, style) {
    let nodes = []; // text nodes with no element between them are one run
    const flush = () => {
      if (nodes.length) textRun(walk, { nodes }, element, context, style);
      nodes = [];
    };
    for (const child of childrenOf(element)) {
      if (isText(child)) nodes.push(child);
      if (!isElement(child)) continue;
      flush();
      if (child.localName === "br") walk.gap = 3;
      if (isTextless(child) || walk.ignored.has(child)) continue;
      const childStyle = getComputedStyle(child);
      if (childStyle.display === "none" || isClippedAway(childStyle)) continue;
      if (walk.isRendered && childStyle.display !== "contents" && !child.checkVisibility()) continue;
      visit(walk, child, context, childStyle);
    }
    flush();
  }

  // What the elements around a run inside the watched element do to it.
  function contextOf(walk, element, around, style) {
    const outer = isOutOfFlow(style) ? clipsAround(element, around.clips) : around.clips;
    const clips = clipsOverflow(style) ? [...outer, element] : outer;
    const icon = around.icon || ICON_FONT.test(style.fontFamily) || /\bmaterial-(icons|symbols)/.test(element.className);
    const transformed = around.transformed || isTransformed(element, style);
    const turned = around.turned || (transformed && turns(style));
    if (element === walk.root) return { ...around, clips, icon, turned };
    return {
      clips,
      icon,
      transformed,
      turned,
      painted: around.painted || surroundings.isPainted(element, style),
      float: style.cssFloat === "left" || style.cssFloat === "right" ? element : around.float,
      opacity: around.opacity * Number(style.opacity || 1),
      struck: (around.struck && surroundings.isInFlow(style)) || /line-through/.test(style.textDecorationLine) || (!style.display && /^(s|del|strike)$/.test(element.localName)),
      link: element.localName === "a" && element.hasAttribute("href") ? element : around.link,
      box: isBoxed(style) ? element : around.box,
    };
  }

  // Whether an element is mirrored, or turned by more than an eighth: the places of its parts no longer tell their order.
  function turns({ transform, rotate, scale }) {
    const matrix = new DOMMatrix(isNone(transform) ? "" : transform);
    if (!isNone(rotate)) matrix.rotateSelf(parseFloat(rotate.split(" ").at(-1)));
    return scale.includes("-") || matrix.m11 < Math.abs(matrix.m12) || matrix.m22 < 0;
  }

  const isNone = (value) => !value || value === "none";

  // Whether an element or something in it may be drawn in another size or direction than its style says.
  const isTransformed = (element, { transform, rotate, scale, zoom, display }) =>
    !isNone(display) && !(isNone(transform) && isNone(rotate) && isNone(scale) && (zoom === "1" || !zoom) && !element.ownerSVGElement);

  // Whether digits stand from right to left, as an element around the watched one may have them: the first text tells.
  function isMirrored(runs) {
    const run = runs.find(({ nodes, order, text }) => nodes?.length === 1 && order === "forward" && /\p{Nd}.*\p{Nd}/su.test(text));
    if (!run || run.style.direction === "rtl") return false;
    const [node] = run.nodes, digits = [...node.data.matchAll(/\p{Nd}/gu)];
    const [first, last] = [digits[0], digits.at(-1)].map(({ index }) => {
      range.setStart(node, index);
      range.setEnd(node, index + 1);
      return range.getBoundingClientRect();
    });
    return last.left < first.left && Math.abs(last.top - first.top) < first.height / 2;
  }

  const isOutOfFlow = ({ position }) => position === "absolute" || position === "fixed";

  // What clips an element that is out of the flow: nothing between it and the element that it is positioned in.
  function clipsAround(element, clips) {
    const around = new Set();
    for (let node = element.offsetParent; node; node = node.assignedSlot ?? node.parentNode ?? node.host) around.add(node);
    return clips.filter((clip) => around.has(clip));
  }

  // A badge: a background or border of its own, with room around the text.
  function isBoxed(style) {
    const hasRoom = parseFloat(style.paddingLeft) + parseFloat(style.paddingRight) > 0 || parseFloat(style.borderTopLeftRadius) > 0;
    const hasBorder = parseFloat(style.borderLeftWidth) > 0 && parseFloat(style.borderRightWidth) > 0;
    return hasBorder || (hasRoom && alphaOf(style.backgroundColor) > 0);
  }

  function textRun(walk, source, holder, context, style) {
    const text = source.nodes.map(({ data }) => data).join("");
    if (!text.trim()) {
      if (text) walk.gap = Math.max(walk.gap, 1);
      return;
    }
    if (context.icon || isHiddenByStyle(style, context.opacity, context.painted)) return;
    if (/^\s/.test(text)) walk.gap = Math.max(walk.gap, 1);
    walk.runs.push({ ...source, text: text.trim(), holder, context, style, gap: walk.gap });
    walk.gap = /\s$/.test(text) ? 1 : 0;
  }

  function generated(walk, element, context, pseudo) {
    const content = contentOf(element, pseudo);
    if (!content) return;
    const { style } = content, isPainted = context.painted || surroundings.isPainted({}, style);
    if (isHiddenByStyle(style, context.opacity * Number(style.opacity || 1), isPainted)) return;
    if (ICON_FONT.test(content.style.fontFamily) || isClippedAway(content.style) || isShiftedAway(content.style)) return;
    const isApart = BLOCK.test(content.style.display) || content.style.cssFloat !== "none" || isOutOfFlow(content.style);
    walk.runs.push({ ...content, pseudo, holder: element, context, gap: isApart ? 3 : walk.gap, isApart });
    walk.gap = isApart ? 3 : 0;
  }

  // Give a run its boxes: `first` and `last` (of a text on several lines). Returns whether a person sees it.
  function place(walk, run) {
    if (run.pseudo) return placeGenerated(run);
    const boxes = boxesOf(run.nodes);
    if (!boxes.length) return false;
    run.order = orderOf(run);
    run.first = boxes[0];
    run.last = boxes.at(-1);
    const share = visibleShare(run.first, run.context.clips, walk.root, isDigit(run.text));
    run.isCut = share < 1;
    return share > 0 && !isAway(run.first, walk.root.getBoundingClientRect()) && !isCovered(run.first, run.holder, walk.root);
  }

  // The boxes of the text of some nodes, without the spaces at its ends: one for each line.
  function boxesOf(nodes) {
    const shown = nodes.filter(({ data }) => data.trim());
    const end = shown.at(-1);
    range.setStart(shown[0], shown[0].data.search(/\S/));
    range.setEnd(end, end.data.trimEnd().length);
    const lines = [];
    for (const { left, right, top, bottom } of range.getClientRects()) {
      if (right <= left || bottom <= top) continue;
      const line = lines.at(-1);
      if (line && Math.min(line.bottom, bottom) - Math.max(line.top, top) > (bottom - top) / 2) {
        line.left = Math.min(line.left, left);
        line.right = Math.max(line.right, right);
      } else lines.push({ left, right, top, bottom });
    }
    return lines.map((line) => ({ ...line, height: line.bottom - line.top }));
  }

  // In which order a text from right to left shows its characters: forward, backward, or mixed. Digits are shown from
  // left to right there too, unless the page overrides the direction.
  function orderOf({ nodes, style }) {
    if (style.direction !== "rtl") return "forward";
    const lefts = nodes.flatMap((node) => [...node.data.slice(0, MAX_MEASURED)].flatMap((character, i, all) => {
      // A sign that stands apart from the digits is no part of the number, as the dot of a currency.
      if (!isDigit(all.slice(Math.max(0, i - 1), i + 2).join("")) || !/[\p{Nd}.,'\u066b\u066c]/u.test(character)) return [];
      range.setStart(node, i);
      range.setEnd(node, i + 1);
      return [range.getBoundingClientRect().left];
    }));
    const isSorted = (sign) => lefts.every((left, i) => !i || sign * (left - lefts[i - 1]) >= 0);
    return isSorted(1) ? "forward" : isSorted(-1) ? "backward" : "mixed";
  }

  // No script can measure generated content. In a line it fills what the text of its element leaves of the element's
  // box; elsewhere its box is put beside that text, as wide as its text may be.
  function placeGenerated(run) {
    const { holder, pseudo, style, text } = run;
    range.selectNodeContents(holder);
    const inside = holder.textContent.trim() ? [...range.getClientRects()].filter(({ width }) => width) : [];
    const isBefore = pseudo === "::before";
    const at = isBefore ? inside[0] : inside.at(-1);
    const box = at ?? holder.getBoundingClientRect();
    const em = parseFloat(style.fontSize);
    const width = (text.length * em) / CHARACTERS_PER_EM;
    const { left: start, right: end } = insideOf(holder);
    const [margin, outer] = isBefore ? [style.marginRight, start] : [style.marginLeft, end];
    const edge = at ? (isBefore ? at.left - (parseFloat(margin) || 0) : at.right + (parseFloat(margin) || 0)) : isBefore ? end : start;
    const room = isBefore ? edge - outer : outer - edge;
    const isFilled = getComputedStyle(holder).display.startsWith("inline") && room > 0 && room < MAX_WIDER * width;
    const taken = isFilled ? room : at ? Math.min(width, Math.max(0, room)) : width;
    const left = !at && !isFilled ? box.left : isBefore ? edge - taken : edge;
    const height = em * HEIGHT_EM;
    const bottom = bottomOf(baselineOf(box) - raiseOf(style, em), height);
    run.first = run.last = { left, right: left + taken, top: bottom - height, bottom, height };
    return true;
  }

  // Where the content of an element begins and ends.
  function insideOf(element) {
    const boxes = [...element.getClientRects()];
    const style = getComputedStyle(element);
    const width = (side) => parseFloat(style[`padding${side}`]) + parseFloat(style[`border${side}Width`]);
    return { left: (boxes[0]?.left ?? 0) + width("Left"), right: (boxes.at(-1)?.right ?? 0) - width("Right") };
  }

  // By how much `vertical-align` raises generated content, in pixels.
  function raiseOf({ verticalAlign }, em) {
    if (verticalAlign === "super") return 0.4 * em;
    if (verticalAlign === "sub") return -0.25 * em;
    return parseFloat(verticalAlign) || 0;
  }

  return { runsOf, isRendered, TooLarge };
}
