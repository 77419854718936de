// Draws a box around each element that the observer of this frame reads, for a screenshot. `failing` holds the prices
// that are not live, each as "symbol price": their boxes are red. It runs in the observer's isolated world, to which the
// content security policy of the page does not apply.
(failing) => {
  "use strict";
  const MAX_BOXES = 1000;
  const MAX_TAGGED = 60; // with more boxes the tags would hide the page
  const ROOMY_PX = 90; // a cell of this width has room for the tag beside its text
  const elements = tickql.elements().slice(0, MAX_BOXES);
  const layer = document.createElement("div");
  const style = (element, rules) => Object.entries(rules).forEach(([name, value]) =>
    element.style.setProperty(name, value, "important"));
  style(layer, { position: "absolute", left: 0, top: 0, "z-index": 2147483647, "pointer-events": "none" });
  for (const [symbol, price, element] of elements) {
    const { left, top, width, height } = element.getBoundingClientRect();
    const colour = failing.includes(`${symbol} ${price}`) ? "#d00000" : "#00a040";
    const box = layer.appendChild(document.createElement("div"));
    style(box, {
      position: "absolute", "box-sizing": "border-box", border: `2px solid ${colour}`, "border-radius": "2px",
      left: `${left + scrollX - 2}px`, top: `${top + scrollY - 2}px`,
      width: `${width + 4}px`, height: `${height + 4}px`,
    });
    if (elements.length > MAX_TAGGED) continue;
    const tag = box.appendChild(document.createElement("div"));
    tag.textContent = `${symbol} ${price}`;
    style(tag, {
      position: "absolute", left: "-2px", [width < ROOMY_PX ? "bottom" : "top"]: width < ROOMY_PX ? "100%" : "-2px",
      background: colour, color: "#fff", padding: "0 2px", font: "8px/9px sans-serif", "white-space": "nowrap",
    });
  }
  document.documentElement.append(layer);
  // The positions above are relative to the document. If the root element is positioned itself, `origin` is not 0.
  const origin = layer.getBoundingClientRect();
  style(layer, { "margin-left": `${-origin.left - scrollX}px`, "margin-top": `${-origin.top - scrollY}px` });
}
