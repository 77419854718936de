// The selector engine: finds elements by the steps that producer/feedfile/selectors.py compiles. Each step looks inside
// what the step before found.
({ shadow_roots: { all: roots }, flat_tree: { isElement, isCode }, plain_text: { prose, accessibleName } }) => {
  const engines = {
    css: (step, scope) => {
      // Without shadow roots the browser's own search is all that is needed, and fastest.
      if (roots.size === 1) return scope.querySelectorAll(step.css);
      return step.paths.flatMap((path) => path.reduce(descend, [scope]));
    },
    text: (step, scope) => rootsWithin(scope).flatMap((root) => smallest(root, step.text)),
    role: (step, scope) =>
      [...engines.css(step, scope)].filter((element) => !step.name || matchesText(accessibleName(element), step.name)),
    xpath: (step, scope) => {
      const found = document.evaluate(step.xpath, scope, null, XPathResult.ORDERED_NODE_SNAPSHOT_TYPE, null);
      return Array.from({ length: found.snapshotLength }, (_, i) => found.snapshotItem(i)).filter(isElement);
    },
  };

  function find(steps, scope) {
    if (steps.length === 1 && steps[0].engine === "css" && roots.size === 1) return scope.querySelectorAll(steps[0].css);
    let found = [scope];
    for (const step of steps) {
      found = step.engine === "nth"
        ? found.slice(step.index, step.index + 1 || undefined)
        : [...new Set(found.flatMap((each) => [...engines[step.engine](step, each)]))];
    }
    return found;
  }

  // The scope and every known shadow root under it.
  function rootsWithin(scope) {
    if (scope === document) return [...roots];
    return [scope, ...[...roots].filter((root) => root !== document && isUnder(root.host, scope))];
  }

  function isUnder(node, scope) {
    while (!scope.contains(node)) {
      node = node.getRootNode().host;
      if (!node) return false;
    }
    return true;
  }

  // One compound of a CSS path inside what its left side matched. `:scope` keeps a later compound from matching by an
  // ancestor outside; in a shadow root `:scope` matches nothing, and is not needed.
  function descend(scopes, compound, index) {
    const inside = index > 0 ? `:scope ${compound}` : compound;
    return [...new Set(scopes.flatMap((scope) =>
      rootsWithin(scope).flatMap((root) => [...root.querySelectorAll(isElement(root) ? inside : compound)])))];
  }

  // The smallest elements with the wanted text: those of which no child has it.
  function smallest(root, wanted) {
    const inner = [...root.children].flatMap((child) => {
      // A child without the text has no descendant with it. That does not hold for a pattern, which may exclude text.
      if (isCode(child) || (wanted.pattern === undefined && !contains(child.textContent, wanted))) return [];
      return smallest(child, wanted);
    });
    return inner.length || !isElement(root) || !matchesText(prose(root), wanted) ? inner : [root];
  }

  const withSingleSpaces = (text) => text.replace(/\s+/g, " ").trim();
  const contains = (text, { exact, part }) => exact === undefined
    ? withSingleSpaces(text).toLowerCase().includes(part)
    : withSingleSpaces(text).includes(exact);

  function matchesText(text, wanted) {
    if (wanted.pattern !== undefined) return new RegExp(wanted.pattern, wanted.flags).test(withSingleSpaces(text));
    return wanted.exact === undefined ? contains(text, wanted) : withSingleSpaces(text) === wanted.exact;
  }

  return { find };
}
