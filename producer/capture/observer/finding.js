// Finding elements. Each step of a selector looks inside what the step before found.
({ roots: { all: roots }, reading: { isElement, isCode, prose, accessibleName } }) => {
  const engines = {
    css: (step, scope) => {
      if (roots.size === 1) return scope.querySelectorAll(step.css);
      return step.paths.flatMap((path) => path.reduce(descend, [scope]));
    },
    text: (step, scope) => within(scope).flatMap((root) => smallest(root, step.text)),
    role: (step, scope) =>
      [...engines.css(step, scope)].filter((element) => !step.name || says(accessibleName(element), step.name)),
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

  // The scope and every open shadow root under it.
  function within(scope) {
    if (scope === document) return [...roots];
    return [scope, ...[...roots].filter((root) => root !== document && under(root.host, scope))];
  }

  function under(node, scope) {
    while (!scope.contains(node)) {
      node = node.getRootNode().host;
      if (!node) return false;
    }
    return true;
  }

  // One compound of a CSS path inside what its left side matched. A later compound must not match by an ancestor
  // outside; a shadow root has no `:scope` of its own.
  function descend(scopes, compound, index) {
    const inside = index > 0 ? `:scope ${compound}` : compound;
    return [...new Set(scopes.flatMap((scope) =>
      within(scope).flatMap((root) => [...root.querySelectorAll(isElement(root) ? inside : compound)])))];
  }

  function smallest(root, wanted) {
    const inner = [...root.children].flatMap((child) => {
      // A child that does not hold the text has no descendant that does; of a pattern that cannot be said.
      if (isCode(child) || (wanted.pattern === undefined && !holds(child.textContent, wanted))) return [];
      return smallest(child, wanted);
    });
    return inner.length || !isElement(root) || !says(prose(root), wanted) ? inner : [root];
  }

  const spaced = (text) => text.replace(/\s+/g, " ").trim();
  const holds = (text, { exact, part }) =>
    exact === undefined ? spaced(text).toLowerCase().includes(part) : spaced(text).includes(exact);

  function says(text, wanted) {
    if (wanted.pattern !== undefined) return new RegExp(wanted.pattern, wanted.flags).test(spaced(text));
    return wanted.exact === undefined ? holds(text, wanted) : spaced(text) === wanted.exact;
  }

  return { find };
}
