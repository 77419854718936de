// The units of the cells: each character of their texts, and each generated content. Units can be made to vanish from
// the picture without a change of layout. This script shares nothing with the observer.
(() => {
  const sheet = new CSSStyleSheet();
  const vanished = "color: transparent !important; -webkit-text-fill-color: transparent !important; fill: transparent !important; text-shadow: none !important";
  sheet.replaceSync(`::highlight(vanished) { ${vanished} }
    .vanished-before::before { ${vanished} }
    .vanished-after::after { ${vanished} }
    .vanished-svg { ${vanished} }`);

  function unitsOf(root, units = []) {
    for (const pseudo of ["before", "after"]) {
      if (!(root instanceof Element)) break;
      const { content } = getComputedStyle(root, `::${pseudo}`);
      if (/["(]/.test(content) && content !== '""') units.push({ element: root, pseudo, text: content.replace(/^"|"$/g, "").replace(/\s/g, "") });
    }
    for (const child of [...(root.shadowRoot?.childNodes ?? []), ...root.childNodes]) {
      if (child instanceof Element) unitsOf(child, units);
      if (child.nodeType !== Node.TEXT_NODE) continue;
      if (root instanceof SVGElement && child.data.trim()) { // no highlight changes what SVG draws
        units.push({ element: root, pseudo: "svg", text: child.data.trim() });
        continue;
      }
      for (let i = 0; i < child.data.length; i += 1) {
        if (!child.data[i].trim()) continue;
        const range = new Range();
        range.setStart(child, i);
        range.setEnd(child, i + 1);
        units.push({ range, text: child.data[i] });
      }
    }
    return units;
  }

  const rootsIn = (node) => [...node.querySelectorAll("*")].flatMap(({ shadowRoot }) => shadowRoot ? [shadowRoot, ...rootsIn(shadowRoot)] : []);

  let cells = [];

  // The texts of all units, and where each cell's frame is. `limit`: a cell with more units has no picture.
  function collect(limit) {
    const frames = [...document.querySelectorAll(".frame")];
    for (const root of [document, ...rootsIn(document)]) root.adoptedStyleSheets.push(sheet);
    const all = frames.map((frame) => unitsOf(frame.querySelector(".cell")));
    cells = all.map((units) => (units.length > limit ? [] : units));
    return frames.map((frame, i) => {
      const { left, top, width, height } = frame.getBoundingClientRect();
      return { left, top, width, height, texts: cells[i].map(({ text }) => text) };
    });
  }

  // Make those units vanish whose number, counted from 1, has this bit.
  function vanish(bit) {
    const highlight = new Highlight();
    for (const units of cells) {
      units.forEach(({ range, element, pseudo }, i) => {
        const has = Boolean((i + 1) & bit);
        if (has && range) highlight.add(range);
        if (element) element.classList.toggle(`vanished-${pseudo}`, has);
      });
    }
    CSS.highlights.set("vanished", highlight);
    return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve(null))));
  }

  window.units = { collect, vanish };
})()
