// The flat tree: the children of an element as the browser renders them, through shadow roots and slots. It also knows
// the elements whose text nobody sees, by namespace, so that it is right in XHTML and inside SVG and MathML.
({ shadow_roots: { shadowOf } }) => {
  const names = (text) => new Set(text.split(" "));
  const TEXTLESS = {
    // Code, controls that draw something else than their text, fallback content, and the annotations of a ruby.
    "http://www.w3.org/1999/xhtml": names(
      "script style template noscript title head canvas video audio object iframe progress meter select datalist textarea rp rt"),
    "http://www.w3.org/2000/svg": names(
      "script style title desc metadata defs symbol clipPath mask pattern marker linearGradient radialGradient filter"),
    "http://www.w3.org/1998/Math/MathML": names("annotation annotation-xml"),
  };

  const DRAWN = names("canvas video audio object iframe progress meter");

  const isElement = (node) => node.nodeType === Node.ELEMENT_NODE;
  const isText = (node) => node.nodeType === Node.TEXT_NODE;
  const isCode = (node) => /^(SCRIPT|STYLE|TEMPLATE|NOSCRIPT)$/i.test(node.localName);
  const isTextless = (element) => TEXTLESS[element.namespaceURI]?.has(element.localName) ?? false;

  // Whether an element shows something else than its text, which is for browsers that do not know it.
  const isDrawn = ({ localName, namespaceURI }) => DRAWN.has(localName) && /xhtml$/.test(namespaceURI);

  function childrenOf(element) {
    const shadow = shadowOf(element);
    if (shadow) return shadow.childNodes;
    if (element.localName === "slot") {
      const assigned = element.assignedNodes();
      return assigned.length ? assigned : element.childNodes;
    }
    // The browser hides the rest of a closed <details> in a way of its own, also its plain text.
    if (element.localName === "details" && !element.open) {
      return [...element.children].filter(({ localName }) => localName === "summary").slice(0, 1);
    }
    return element.childNodes;
  }

  // Whether an element has no children but text and comments, so that its text is one run.
  const isLeaf = (element) => !element.firstElementChild && element.localName !== "slot" && !shadowOf(element);

  return { isElement, isText, isCode, isTextless, isDrawn, isLeaf, childrenOf };
}
