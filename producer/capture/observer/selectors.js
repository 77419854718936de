// The selectors of the plan: those that the browser refuses, and the attributes that decide what the others match.
({ plan, MAX_CHARACTERS }) => {
  const invalid = []; // [selector, the browser's message]

  // A selector that the browser refuses would fail at each use. Each is tried once; a refused one is replaced by one
  // that matches nothing.
  function check(value) {
    if (!value || typeof value !== "object") return;
    for (const part of Object.values(value)) check(part);
    if (!value.engine) return;
    try {
      if (value.css !== undefined) [value.css, ...value.paths.flat()].forEach((css) => document.querySelector(css));
      if (value.xpath !== undefined) {
        document.evaluate(value.xpath, document, null, XPathResult.ORDERED_NODE_SNAPSHOT_TYPE, null);
      }
      for (const text of [value.text, value.name]) if (text?.pattern !== undefined) new RegExp(text.pattern, text.flags);
    } catch (error) {
      invalid.push([value.css ?? value.xpath ?? JSON.stringify(value), String(error.message).slice(0, MAX_CHARACTERS)]);
      Object.assign(value, { engine: "css", css: ":not(*)", paths: [[":not(*)"]] });
    }
  }

  check([plan.rules, plan.marks]);

  const MAX_CACHED = 1000;
  const text = JSON.stringify(plan.rules);
  const mentioned = (pattern) => new Set([...text.matchAll(pattern)].map(([, name]) => name));
  const names = mentioned(/[.#]([\w-]+)/g); // classes and ids
  const attributes = mentioned(/[[@]\s*([\w-]+)/g);
  const cache = new Map(); // a class or id before and after -> whether the change matters

  // Whether the change of an attribute may change what a selector matches. Pages change classes at each tick, such as
  // "up" and "down": most of these changes need no new search.
  function matters({ target, attributeName, oldValue }) {
    if (attributes.has(attributeName)) return true;
    if (attributeName !== "class" && attributeName !== "id") return false;
    const before = oldValue ?? "";
    const after = target.getAttribute(attributeName) ?? "";
    const key = `${before}\n${after}`;
    if (cache.size > MAX_CACHED) cache.clear();
    if (!cache.has(key)) cache.set(key, changesMentioned(new Set(before.split(/\s+/)), new Set(after.split(/\s+/))));
    return cache.get(key);
  }

  const changesMentioned = (before, after) =>
    [...names].some((name) => before.has(name) !== after.has(name));

  const namesNeeded = /"read":"aria"|"engine":"role".*"name":\{/.test(JSON.stringify(plan.rules));

  return { invalid, namesNeeded, matters };
}
