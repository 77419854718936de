// The roots of this frame: the document, its open shadow roots, and the closed ones that the program has handed in.
() => {
  // Excludes the most frequent elements that cannot have a shadow root: in a large table that is nearly all of them.
  const HOSTS = ":not(table, thead, tbody, tfoot, tr, th, td, a, b, i, em, small, strong, sub, sup, ul, ol, li, br, img, path)";

  const roots = new Set();
  const closed = new WeakMap(); // element -> its closed shadow root, if the program has handed it in

  const shadowOf = (node) => node.shadowRoot ?? closed.get(node);

  // Add a root, or the roots in an element, with all roots inside them. Returns those that are new.
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

  // Add closed shadow roots, with all roots inside them. Returns those that are new.
  function addClosed(shadows) {
    const fresh = shadows.filter((shadow) => !closed.has(shadow.host));
    for (const shadow of fresh) closed.set(shadow.host, shadow);
    return fresh.flatMap(adopt);
  }

  function removeDisconnected() {
    for (const root of roots) if (root !== document && !root.host.isConnected) roots.delete(root);
  }

  return { all: roots, shadowOf, adopt, addClosed, removeDisconnected };
}
