// The collector of `tickql discover`. Runs in every frame of a page, in a JavaScript world of its own, and changes nothing.
// It keeps what texts with digits in them come to show, and hands out an outline of the page on demand; what the
// texts mean is found out in Python.
//
// A spot is a place with a digit in it: an element and how it is read (as in a feed file: text, value, aria, css:...,
// attr:...; `texts SELECTOR`: these pieces of it).
(make) => {
  "use strict";
  if (globalThis.tickqlDiscover) return;

  const MAX_TEXT = 60; // a longer text is no price, nor a label
  let faults = 0;
  const guarded = (work) => (...given) => {
    try {
      return work(...given);
    } catch {
      faults += 1;
    }
  };

  const roots = make.roots();
  const reading = make.reading({ roots, MAX_CHARACTERS: MAX_TEXT + 1 });
  const spots = make.spots({ roots, reading, MAX_TEXT });
  const noticing = make.noticing({ roots, spots, guarded, MAX_TEXT });
  const { report, texts, frame } = make.telling({ roots, spots, noticing, faults: () => faults });

  globalThis.tickqlDiscover = {
    report: guarded(report),
    texts: guarded(texts),
    frame: guarded(frame),
    // Take in the closed shadow roots of the document.
    open: guarded((...shadows) => {
      roots.open(shadows);
      noticing.watch(document);
    }),
  };
  noticing.start();
}
