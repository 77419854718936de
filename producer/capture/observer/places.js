// Places. A place says where one price is: `n` elements (-1: the one there cannot be read), found by the candidate with
// index `c`, and the `text` that is read there.
({ selector_engine: { find }, element_text: { read } }) => {
  const SILENT_READS = /^(value|css:|aria)/; // these change without a mutation

  // Use the first candidate that matches exactly one element, or any number if they are to be read together.
  function locate(candidates, scope) {
    let most = { n: 0, c: 0, element: null };
    for (const [c, candidate] of candidates.entries()) {
      let found = find(candidate.selector, scope);
      if (candidate.fraction && found.length === 1) {
        const fractions = find(candidate.fraction, scope);
        if (fractions.length === 1) return { n: 1, c, element: [found[0], fractions[0]] };
        found = fractions;
      }
      if (found.length === 1) return { n: 1, c, element: found[0] };
      if (found.length && candidate.read === "texts") return { n: 1, c, element: [...found] };
      if (found.length > most.n) most = { n: found.length, c, element: null };
    }
    return most;
  }

  function readPlace(place, candidates) {
    if (!place.element) return { n: place.n, c: place.c, text: null };
    const text = read(place.element, candidates[place.c]);
    return { n: text === null ? -1 : 1, c: place.c, text, element: place.element };
  }

  // The place of one price of an entry, from its units. If several units show the price there is no saying which one is
  // right, so no text is taken.
  function merged(found, wanted) {
    if (!found.length) return wanted ? { n: 0, c: 0, text: null } : null;
    if (found.length === 1) return found[0];
    const there = found.filter(({ n }) => n > 0);
    if (there.length === 1) return there[0];
    return { ...found[0], n: there.length ? there.reduce((sum, { n }) => sum + n, 0) : found[0].n, text: null };
  }

  function readSymbol(place, scope) {
    const found = find(place.selector, scope);
    return (found.length === 1 && read(found[0], place)?.trim()) || null;
  }

  const isSilent = (candidates) => candidates.some((candidate) => SILENT_READS.test(candidate.read));

  return { locate, readPlace, merged, readSymbol, isSilent };
}
