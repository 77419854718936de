// The text of an element without regard to its looks: what selectors by text and by accessible name compare.
({ flat_tree: { isElement, isCode } }) => {
  // With its spaces, without the text of scripts in it.
  function prose(element) {
    const pieces = [...element.childNodes].map((node) =>
      node.nodeType === Node.TEXT_NODE ? node.data : isElement(node) && !isCode(node) ? prose(node) : "");
    return pieces.join("");
  }

  // The browser has `computedName` when started with ComputedAccessibilityInfo, as producer/browser/launch.py does.
  const accessibleName = (element) => element.computedName ?? element.getAttribute("aria-label") ?? prose(element).trim();

  return { prose, accessibleName };
}
