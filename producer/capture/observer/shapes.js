// Shapes. The shape of an element is its structure as a text: elements with their attributes, and which texts are there
// and have digits. Pages make the same few shapes again and again, so that a plan which was made for one holds for the
// next element of the same shape at the same place.
({ flat_tree: { isElement, isText }, shadow_roots: { shadowOf } }) => {
  const MAX_NODES = 60; // more take longer to describe than a new plan takes

  // null: too large, or with parts that are rendered elsewhere than they are written.
  function shapeOf(element) {
    const parts = [];
    return describe(element, parts) ? parts.join("") : null;
  }

  function describe(element, parts) {
    if (parts.length > MAX_NODES || /^(slot|style)$/.test(element.localName) || shadowOf(element)) return false;
    parts.push(`<${element.localName}${attributesOf(element)}>`);
    for (const child of element.childNodes) {
      if (isText(child)) parts.push(textShape(child.data));
      else if (isElement(child)) {
        if (!describe(child, parts)) return false;
        parts.push(">");
      } else parts.push("!"); // a comment is counted in paths
    }
    return true;
  }

  function attributesOf(element) {
    let text = "";
    for (const { name, value } of element.attributes) text += ` ${name}=${value}`;
    return text;
  }

  const textShape = (data) => {
    const text = data.trim();
    if (!text) return "_";
    return `${data[0] === text[0] ? "" : "_"}${/\p{Nd}/u.test(text) ? "9" : "a"}${data.at(-1) === text.at(-1) ? "" : "_"}`;
  };

  // The way from an element to a node in it, as positions among the children; null: it is not below the element.
  function pathTo(node, element) {
    const path = [];
    for (; node !== element; node = node.parentNode) {
      if (!node?.parentNode) return null;
      path.unshift(Array.prototype.indexOf.call(node.parentNode.childNodes, node));
    }
    return path;
  }

  const identities = new WeakMap(); // node -> its number
  let identity = 0;

  function identify(node) {
    if (!identities.has(node)) identities.set(node, (identity += 1));
    return identities.get(node);
  }

  // What a plan reads, as a text: two plans with the same signature are the same.
  const signatureOf = ({ parts, unreadable }) => unreadable ?? JSON.stringify(
    parts.map((part) => [part.marker, part.content, part.order, ...(part.leaf ? [part.leaf] : part.nodes ?? []).map(identify)]));

  const follow = (element, path) => path.reduce((node, position) => node?.childNodes[position], element);

  return { shapeOf, attributesOf, pathTo, follow, signatureOf };
}
