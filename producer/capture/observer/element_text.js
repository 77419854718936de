// What an element shows, in each of the ways that `read` of the feed file names.
({ shadow_roots: { shadowOf }, MAX_CHARACTERS }) => {
  const isElement = (node) => node.nodeType === Node.ELEMENT_NODE;
  const isCode = (node) => /^(SCRIPT|STYLE|TEMPLATE|NOSCRIPT)$/.test(node.nodeName);

  // null: the element has no such attribute, value or pseudo-element.
  function read(element, how) {
    if (how === "text") return joined(element);
    if (how === "texts") return [element].flat().map(joined).join("").slice(0, MAX_CHARACTERS);
    if (how === "value") return typeof element.value === "string" ? element.value.slice(0, MAX_CHARACTERS) : null;
    if (how === "aria") return accessibleName(element).slice(0, MAX_CHARACTERS);
    const at = how.indexOf(":");
    if (how.startsWith("attr")) return element.getAttribute(how.slice(at + 1))?.slice(0, MAX_CHARACTERS) ?? null;
    const { content } = getComputedStyle(element, how.slice(at + 1));
    const quoted = content.match(/"(?:[^"\\]|\\.)*"/g);
    return quoted && quoted.map((part) => part.slice(1, -1).replace(/\\(.)/g, "$1")).join("");
  }

  // The text as a person sees it, through open shadow roots and slots. Pages split figures into several elements, so
  // each piece is trimmed and nothing is put between pieces.
  function joined(node) {
    const only = node.firstChild;
    if (only && !only.nextSibling && only.nodeType === Node.TEXT_NODE && !shadowOf(node)) {
      return only.data.trim().slice(0, MAX_CHARACTERS);
    }
    let text = "";
    for (const child of shownChildren(node)) {
      if (child.nodeType === Node.TEXT_NODE) text += child.data.trim();
      else if (isElement(child) && !isCode(child)) text += joined(child);
      if (text.length >= MAX_CHARACTERS) return text.slice(0, MAX_CHARACTERS);
    }
    return text;
  }

  function shownChildren(node) {
    const shadow = shadowOf(node);
    if (shadow) return shadow.childNodes;
    const assigned = node.nodeName === "SLOT" ? node.assignedNodes() : [];
    return assigned.length ? assigned : node.childNodes;
  }

  // The text of an element with its spaces, without the text of scripts in it.
  function prose(element) {
    const pieces = [...element.childNodes].map((node) =>
      node.nodeType === Node.TEXT_NODE ? node.data : isElement(node) && !isCode(node) ? prose(node) : "");
    return pieces.join("");
  }

  // The browser has `computedName` when started with ComputedAccessibilityInfo, as producer/browser/launch.py does.
  const accessibleName = (element) => element.computedName ?? element.getAttribute("aria-label") ?? joined(element);

  return { isElement, isCode, read, joined, prose, accessibleName };
}
