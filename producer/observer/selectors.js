// The selectors of the plan. One that the browser cannot understand would fail at each use: each is tried once, and left
// out if it is `invalid`: [selector, why].
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
  const namesNeeded = /"read":"aria"|"engine":"role".*"name":\{/.test(JSON.stringify(plan.rules));

  return { invalid, namesNeeded };
}
