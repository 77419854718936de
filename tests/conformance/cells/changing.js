// Changes the cells step by step, as pages do, and reads them after each step: by the plans that the observer keeps, and
// by new ones. Returns [number of the cell, what was done, the text by the kept plan, the text by a new plan] where the
// two differ. `steps`: how many; `seed`: of the choices.
(makers, steps, seed) => {
  const newReader = () => {
    const made = { MAX_CHARACTERS: 300 };
    for (const [name, make] of Object.entries(makers)) made[name] = make(made);
    return made;
  };
  const noteAll = (plans, record) => {
    plans.note(record);
    for (const node of [...record.addedNodes, ...record.removedNodes]) if (node instanceof Element) plans.noteElement(node);
  };
  const read = ({ element_text }, cell) => element_text.read(cell, { read: "text" });

  let state = seed;
  const below = (limit) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % limit;
  };
  const pick = (list) => list[below(list.length)];

  const cells = [...document.querySelectorAll(".cell")];
  const contents = cells.map(({ innerHTML }) => innerHTML);
  const STYLES = ["display:none", "font-size:.6em;vertical-align:super", "text-decoration:line-through", "opacity:0", "", "margin-left:2em", "font-size:0", "position:absolute;left:-9999px", "float:right", "visibility:hidden"];

  function textsIn(cell) {
    const texts = [], walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) if (/\d/.test(walker.currentNode.data)) texts.push(walker.currentNode);
    return texts;
  }

  const elementsIn = (cell) => [...cell.querySelectorAll("*")].filter(({ localName }) => localName !== "style");

  const CHANGES = {
    digits: (cell) => {
      const text = pick(textsIn(cell));
      if (text) text.data = text.data.replace(/\d/g, () => below(10));
    },
    text: (cell) => {
      const text = pick(textsIn(cell));
      if (text) text.parentNode.textContent = `${below(100000)}.${below(100)}`;
    },
    structure: (cell) => { cell.innerHTML = pick(contents); },
    back: (cell, i) => { cell.innerHTML = contents[i]; },
    style: (cell) => { pick([cell, ...elementsIn(cell)]).setAttribute("style", pick(STYLES)); },
    hidden: (cell) => { pick(elementsIn(cell))?.toggleAttribute("hidden"); },
    class: (cell) => { pick(elementsIn(cell))?.classList.toggle("phone-only"); },
    around: (cell) => { cell.parentElement.classList.toggle("quiet"); },
    more: (cell) => { pick([cell, ...elementsIn(cell)]).append(Object.assign(document.createElement(pick(["b", "sup", "small", "s", "i"])), { textContent: below(100) })); },
    less: (cell) => { pick(elementsIn(cell))?.remove(); },
    split: (cell) => { const text = pick(textsIn(cell)); if (text?.data.length > 1) text.splitText(1 + below(text.data.length - 1)); },
    replaced: (cell) => { const element = pick(elementsIn(cell)); element?.replaceWith(element.cloneNode(true)); },
  };

  const kept = newReader();
  const observer = new MutationObserver(() => {});
  const shadows = (root) => [...root.querySelectorAll("*")].flatMap(({ shadowRoot }) => (shadowRoot ? [shadowRoot, ...shadows(shadowRoot)] : []));
  for (const root of [document, ...shadows(document)]) {
    observer.observe(root, { subtree: true, childList: true, characterData: true, attributes: true, attributeOldValue: true });
  }
  for (const cell of cells) read(kept, cell);
  const differences = [];
  const done = cells.map(() => []);
  for (let step = 0; step < steps; step += 1) {
    for (const [i, cell] of cells.entries()) {
      const change = pick(Object.keys(CHANGES));
      done[i].push(change);
      CHANGES[change](cell, i);
    }
    for (const record of observer.takeRecords()) noteAll(kept.reading_plan, record);
    const texts = cells.map((cell) => read(kept, cell));
    const fresh = newReader();
    for (const [i, cell] of cells.entries()) {
      const text = read(fresh, cell);
      if (text !== texts[i]) differences.push([i, [...done[i]], texts[i], text, cell.outerHTML]);
    }
  }
  return differences;
}
