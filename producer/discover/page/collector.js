// The collector of `tickql discover`. It runs in every frame of a page, in an isolated JavaScript world, and changes
// nothing there. It records the texts that contain digits, and returns an outline of the page on request. Python infers
// what the texts mean.
//
// A spot is a place whose text contains a digit: an element and the way to read it (as in a feed file: text, value,
// aria, css:..., attr:...; a text is a seen text, see producer/prices/seen_text.py; `texts SELECTOR` reads the parts of the element that match the selector).
(make) => {
  "use strict";
  if (globalThis.tickqlDiscover) return;

  const MAX_TEXT = 60; // characters; a longer text is neither a price nor a label
  let faults = 0;
  // An exception must not leave a handler: it would appear in the page's console.
  const guarded = (work) => (...given) => {
    try {
      return work(...given);
    } catch {
      faults += 1;
    }
  };

  const shadow_roots = make.shadow_roots();
  const made = { shadow_roots, MAX_CHARACTERS: 4 * MAX_TEXT }; // a seen text has markers too
  for (const name of Object.keys(make.reading)) made[name] = make.reading[name](made);
  const { element_text, reading_plan } = made;
  const spots = make.spots({ shadow_roots, element_text, MAX_TEXT });
  const changes = make.changes({ shadow_roots, reading_plan, spots, guarded, MAX_TEXT });
  const { report, texts, drawBoxes } = make.report({ shadow_roots, spots, changes, faults: () => faults });

  globalThis.tickqlDiscover = {
    report: guarded(report),
    texts: guarded(texts),
    drawBoxes: guarded(drawBoxes),
    // Add the document's closed shadow roots, which only the debugging protocol can reach.
    openRoots: guarded((...shadows) => {
      shadow_roots.open(shadows);
      changes.watch(document);
    }),
  };
  changes.start();
}
