// Which units have to be read again when something in an element changes, and of which tables the columns may have moved.
() => {
  const owners = new WeakMap(); // element -> the units that read it, and the layouts whose headers are in it
  const dirty = new Set(); // units to read at the next opportunity
  const moved = new Set(); // entries that lost a unit
  const doubtful = new Set(); // layouts of tables whose headers have to be found again: see columns.js

  function own(element, unit) {
    const known = owners.get(element);
    if (known) known.add(unit);
    else owners.set(element, new Set([unit]));
  }

  const disown = (element, unit) => owners.get(element)?.delete(unit);

  // Mark the units that read the node or any of its ancestors. `visited`: nodes whose ancestors are marked already.
  function markDirty(node, visited = new Set()) {
    for (; node && !visited.has(node); node = node.parentNode ?? node.host) {
      visited.add(node);
      owners.get(node)?.forEach(mark);
    }
  }

  const mark = (owner) => (owner.isLayout ? doubtful : dirty).add(owner);

  return { dirty, moved, doubtful, own, disown, markDirty };
}
