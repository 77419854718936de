// Which units are to be read again when something in an element changes.
() => {
  const owners = new WeakMap(); // element -> units
  const dirty = new Set(); // units to read at the next opportunity
  const moved = new Set(); // entries that lost a unit

  function own(element, unit) {
    const known = owners.get(element);
    if (known) known.add(unit);
    else owners.set(element, new Set([unit]));
  }

  const disown = (element, unit) => owners.get(element)?.delete(unit);

  // `climbed`: nodes from which this was done already.
  function markDirty(node, climbed = new Set()) {
    for (; node && !climbed.has(node); node = node.parentNode ?? node.host) {
      climbed.add(node);
      owners.get(node)?.forEach((unit) => dirty.add(unit));
    }
  }

  return { dirty, moved, own, disown, markDirty };
}
