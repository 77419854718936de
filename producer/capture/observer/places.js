// Places. A place says where one price is: `n` elements (-1: the one there cannot be read), found by the candidate with
// index `c`, and the `text` that is read there.
({ selector_engine: { find }, element_text: { read, withoutMarkers }, columns: { cellsUnder } }) => {
  const UNREADABLE = "\x1e"; // before the reason why a text cannot be read
  const MAX_QUOTED = 40;
  const SILENT_READS = /^(value|css:|aria)/; // these change without a mutation

  // Use the first candidate that matches exactly one element, or any number if they are to be read together.
  function locate(candidates, scope) {
    let most = { n: 0, c: 0, element: null };
    for (const [c, candidate] of candidates.entries()) {
      let found = elementsAt(candidate, scope);
      if (candidate.read !== "texts") found = seen(found);
      if (candidate.fraction && found.length === 1) {
        const fractions = seen(find(candidate.fraction, scope));
        if (fractions.length === 1) return { n: 1, c, element: [found[0], fractions[0]] };
        found = fractions;
      }
      if (found.length === 1) return { n: 1, c, element: found[0] };
      if (found.length && candidate.read === "texts") return { n: 1, c, element: [...found] };
      if (found.length > most.n) most = { n: found.length, c, element: null };
    }
    return most;
  }

  // A selector in the scope, or in a row the cells below a header.
  const elementsAt = ({ header, selector }, scope) =>
    header === undefined ? find(selector, scope) : cellsUnder(header, scope);

  // Of several elements, those that are rendered: pages hold a second copy for phones, or for a row that sticks.
  function seen(found) {
    if (found.length < 2) return found;
    const rendered = Array.prototype.filter.call(found, isRendered);
    return rendered.length ? rendered : found;
  }

  const isRendered = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });

  function readPlace(place, candidates) {
    if (!place.element) return { n: place.n, c: place.c, text: null };
    const text = read(place.element, candidates[place.c]);
    return { n: text === null ? -1 : 1, c: place.c, text, element: place.element };
  }

  // The place of one price of an entry, from its units. Pages show a symbol several times: in a marquee, or in a row for
  // phones. Copies that show the same are one price. Copies that show nothing, or are not rendered, do not count beside
  // others. `differs`: copies that a person sees show different texts; then the text is the reason why it is unreadable.
  function merged(found, wanted) {
    if (!found.length) return wanted ? { n: 0, c: 0, text: null } : null;
    if (found.length === 1) return found[0];
    const there = found.filter(({ n }) => n > 0);
    if (there.length < 2) return there[0] ?? found[0];
    if (there.some(({ n }) => n > 1)) return { ...there[0], n: there.reduce((sum, { n }) => sum + n, 0), text: null };
    const filled = there.filter(({ text }) => text);
    if (agree(filled)) return filled[0] ?? there[0];
    const rendered = filled.filter(({ element }) => [element].flat().some(isRendered));
    if (rendered.length && agree(rendered)) return rendered[0];
    const [first, ...more] = rendered.length ? rendered : filled;
    const { text: other } = more.find(({ text }) => text !== first.text);
    return { ...first, differs: true, text: `${UNREADABLE}copies on the page show ${quoted(first.text)} and ${quoted(other)}` };
  }

  const agree = (places) => places.every(({ text }) => text === places[0].text);
  const quoted = (text) => `'${withoutMarkers(text).slice(0, MAX_QUOTED)}'`;

  function readSymbol(place, scope) {
    const found = elementsAt(place, scope);
    return (found.length === 1 && read(found[0], place)?.trim()) || null;
  }

  const isSilent = (candidates) => candidates.some((candidate) => SILENT_READS.test(candidate.read));

  return { locate, readPlace, merged, readSymbol, isSilent };
}
