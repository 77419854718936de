// The document's roots: the document itself, its open shadow roots, and the closed ones that were handed over.
() => {
  const roots = new Set([document]);
  const closed = new WeakMap(); // element -> its closed shadow root, if it was handed over

  const isElement = (node) => node?.nodeType === Node.ELEMENT_NODE;
  const isText = (node) => node?.nodeType === Node.TEXT_NODE;
  const isCode = (node) => /^(SCRIPT|STYLE|TEMPLATE|NOSCRIPT|SVG)$/i.test(node.nodeName);

  const shadowOf = (node) => node.shadowRoot ?? closed.get(node);
  const parentOf = (node) => node.parentElement ?? node.getRootNode().host ?? null;
  const everywhere = (css) => [...roots].flatMap((root) => [...root.querySelectorAll(css)]);

  // The children that the browser draws: of a shadow root, or those assigned to a slot.
  function shownChildren(node) {
    const shadow = shadowOf(node);
    if (shadow) return shadow.childNodes;
    const assigned = node.nodeName === "SLOT" ? node.assignedNodes() : [];
    return assigned.length ? assigned : node.childNodes;
  }

  // Add the shadow roots below a node. Returns the new ones.
  function adopt(node) {
    const found = [node, ...node.querySelectorAll("*")].map(shadowOf).filter((shadow) => shadow && !roots.has(shadow));
    for (const shadow of found) roots.add(shadow);
    return [...found, ...found.flatMap(adopt)];
  }

  const open = (shadows) => shadows.forEach((shadow) => closed.set(shadow.host, shadow));

  return { all: roots, isElement, isText, isCode, shadowOf, parentOf, everywhere, shownChildren, adopt, open };
}
