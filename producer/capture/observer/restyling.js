// Restyling: when attributes last changed the style of a node and all below it. Changes are numbered.
() => {
  const QUIET = /^(title|value|alt|href|src|srcset)$/; // attributes that are hardly ever styled by

  const restyled = new WeakMap(); // node -> number of its newest change
  const forgets = new WeakMap(); // node -> number of the newest change of which its attributes tell nothing
  let changes = 0;

  function* around(element) {
    for (let node = element.parentNode ?? element.host; node; node = node.parentNode ?? node.host) yield node;
  }

  // Learn of a changed attribute. Returns whether it may change style.
  function note({ target, attributeName, oldValue }) {
    if (QUIET.test(attributeName) || target.getAttribute(attributeName) === oldValue) return false;
    changes += 1;
    restyled.set(target, changes);
    return true;
  }

  // Style has changed for a reason that no attribute tells: a style sheet, a size, an animation.
  function forget(node) {
    changes += 1;
    restyled.set(node, changes);
    forgets.set(node, changes);
  }

  // The number of the newest change of a node itself.
  const changedAt = (node) => restyled.get(node) ?? 0;

  // Whether the style of an element around this one has changed since then.
  function changedAround(element, since) {
    for (const node of around(element)) if (restyled.get(node) > since) return true;
    return false;
  }

  // Whether what was known of this element by its attributes since then no longer holds.
  function forgotten(element, since) {
    if (forgets.get(element) > since) return true;
    for (const node of around(element)) if (forgets.get(node) > since) return true;
    return false;
  }

  // The elements around this one whose attributes have changed before: their attributes may change again.
  const restyledAround = (element) => [...around(element)].filter((node) => node.attributes && restyled.has(node));

  return { count: () => changes, note, forget, changedAt, changedAround, forgotten, restyledAround };
}
