// The selectors of the plan. One that the browser cannot understand would fail at each use: each is tried once, and left
// out if it is `invalid`: [selector, why]. Of the others it is known which attributes decide what they match.
({ plan, MAX_CHARACTERS }) => {
  const invalid = [];

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

  const MAX_KNOWN = 1000;
  const text = JSON.stringify(plan.rules);
  const mentioned = (pattern) => new Set([...text.matchAll(pattern)].map(([, name]) => name));
  const names = mentioned(/[.#]([\w-]+)/g); // classes and ids
  const attributes = mentioned(/[[@]\s*([\w-]+)/g);
  const known = new Map(); // a class before and after -> whether that matters

  // Whether a change of an attribute may change what is matched.
  function matters({ target, attributeName, oldValue }) {
    if (attributes.has(attributeName)) return true;
    if (attributeName !== "class" && attributeName !== "id") return false;
    const before = oldValue ?? "";
    const after = target.getAttribute(attributeName) ?? "";
    const key = `${before}\n${after}`;
    if (known.size > MAX_KNOWN) known.clear();
    if (!known.has(key)) known.set(key, isMentioned(new Set(before.split(/\s+/)), new Set(after.split(/\s+/))));
    return known.get(key);
  }

  const isMentioned = (before, after) =>
    [...names].some((name) => before.has(name) !== after.has(name));

  const namesNeeded = /"read":"aria"|"engine":"role".*"name":\{/.test(JSON.stringify(plan.rules));

  return { invalid, namesNeeded, matters };
}
