// The document and the shadow roots in it: those that are open, and those that were opened for us.
() => {
  // All but the most frequent of those that cannot have a shadow root: of a large table that is nearly all.
  const HOSTS = ":not(table, thead, tbody, tfoot, tr, th, td, a, b, i, em, small, strong, sub, sup, ul, ol, li, br, img, path)";

  const roots = new Set();
  const closed = new WeakMap(); // element -> its closed shadow root, if it was opened for us

  const shadowOf = (node) => node.shadowRoot ?? closed.get(node);

  // Take in a root, or the roots in an element, that are not known. Returns them.
  function adopt(node) {
    const found = [];
    const adoptOf = (element) => {
      const shadow = shadowOf(element);
      if (shadow && !roots.has(shadow)) adoptAll(shadow);
    };
    const adoptIn = (node) => node.firstElementChild && node.querySelectorAll(HOSTS).forEach(adoptOf);
    const adoptAll = (root) => {
      roots.add(root);
      found.push(root);
      adoptIn(root);
    };
    if (node.nodeType === Node.ELEMENT_NODE) adoptOf(node);
    if (node.nodeType === Node.ELEMENT_NODE || roots.has(node)) adoptIn(node);
    else adoptAll(node);
    return found;
  }

  // Take in closed shadow roots. Returns those that were not known, and the roots in them.
  function open(shadows) {
    const fresh = shadows.filter((shadow) => !closed.has(shadow.host));
    for (const shadow of fresh) closed.set(shadow.host, shadow);
    return fresh.flatMap(adopt);
  }

  function forgetGone() {
    for (const root of roots) if (root !== document && !root.host.isConnected) roots.delete(root);
  }

  return { all: roots, shadowOf, adopt, open, forgetGone };
}
