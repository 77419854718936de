// Says where the prices of this frame are, and what on it must not be seen. It reads only: nothing on the page changes.
// `secrets` are texts that must not be seen. It runs in the observer's isolated world.
(secrets) => {
  "use strict";
  const MAX_BOXES = 10_000;
  const MAX_COVERED = 500;
  const MIN_HEIGHT_PX = 100; // a body that is lower holds elements that are placed elsewhere
  const MARGIN_PX = 20;
  const READABLE_INPUTS = /^(button|checkbox|color|hidden|image|radio|range|reset|submit)$/; // nobody types into these
  const hidden = secrets.map((secret) => secret.toLowerCase());
  const isSecret = (text) => hidden.some((secret) => text.toLowerCase().includes(secret));
  const numbers = ({ left, top, width, height }) => [left, top, width, height];
  const isSeen = ({ left, top, width, height }) =>
    width > 0 && height > 0 && left < innerWidth && top < innerHeight && left + width > 0 && top + height > 0;

  const elements = tickql.elements();
  const read = new Set(elements.map(([, , element]) => element));
  const roots = tickql.roots();
  const boxes = elements.map(([symbol, price, element, rule]) => [rule, symbol, price, element.getBoundingClientRect()])
    .filter(([, , , place]) => isSeen(place)).slice(0, MAX_BOXES)
    .map(([rule, symbol, price, place]) => [rule, symbol, price, numbers(place)]);

  const covered = [];
  let isFilledIn = false;
  for (const root of roots) {
    for (const input of root.querySelectorAll("input, textarea, select, [contenteditable]")) {
      const value = input.value ?? input.textContent;
      if (input.type === "password" && value) isFilledIn = true;
      if (!value || READABLE_INPUTS.test(input.type)) continue;
      // What a person reads as a price, and what a person chooses from, is no secret unless it is one of `secrets`.
      const isOpen = input.localName === "select" || read.has(input)
        || (input.isContentEditable && [...read].some((each) => input.contains(each)));
      const shown = input.localName === "select" ? [...input.selectedOptions].map(({ text }) => text).join() : value;
      if (!isOpen || isSecret(shown)) covered.push(input.getBoundingClientRect());
    }
    if (!hidden.length) continue;
    const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    while (texts.nextNode()) {
      if (!isSecret(texts.currentNode.data)) continue;
      range.selectNode(texts.currentNode);
      covered.push(...range.getClientRects());
    }
  }

  const frames = roots.flatMap((root) => [...root.querySelectorAll("iframe, frame, object, embed, fencedframe")])
    .map((frame) => {
      const { left, top } = frame.getBoundingClientRect();
      const style = getComputedStyle(frame);
      const x = left + frame.clientLeft + parseFloat(style.paddingLeft);
      const y = top + frame.clientTop + parseFloat(style.paddingTop);
      return { left: x, top: y, width: parseFloat(style.width), height: parseFloat(style.height), border: frame };
    })
    .map(({ border, ...inner }) => [inner, border.getBoundingClientRect()])
    .filter(([, outer]) => isSeen(outer))
    .map(([inner, outer]) => [numbers(inner), numbers(outer)]);

  const seen = covered.filter(isSeen);
  const end = (document.body?.getBoundingClientRect().bottom ?? 0) + MARGIN_PX;
  return {
    boxes,
    covered: seen.slice(0, MAX_COVERED).map(numbers),
    hasTooMuch: seen.length > MAX_COVERED,
    frames,
    isFilledIn,
    root: numbers(document.documentElement.getBoundingClientRect()),
    size: [innerWidth, innerHeight],
    // Where the content ends, on a page that is lower than the window; else where the window ends.
    bottom: document.documentElement.scrollHeight > innerHeight || end < MIN_HEIGHT_PX ? innerHeight : end,
  };
}
