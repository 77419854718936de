// A place: how many elements are there (`n`, -1 if the one there cannot be read), by which candidate (`c`), and what it
// shows.
({ finding: { find }, reading: { read } }) => {
  const SILENT_READS = /^(value|css:|aria)/; // these change without any mutation

  // The first candidate that matches exactly one element is taken, or any that are to be read together.
  function locate(candidates, scope) {
    let most = { n: 0, c: 0, element: null };
    for (const [c, candidate] of candidates.entries()) {
      const found = find(candidate.selector, scope);
      if (found.length === 1) return { n: 1, c, element: found[0] };
      if (found.length && candidate.read === "texts") return { n: 1, c, element: [...found] };
      if (found.length > most.n) most = { n: found.length, c, element: null };
    }
    return most;
  }

  function shown(place, candidates) {
    if (!place.element) return { n: place.n, c: place.c, text: null };
    const text = read(place.element, candidates[place.c].read);
    return { n: text === null ? -1 : 1, c: place.c, text, element: place.element };
  }

  // The place of a price that several units show, or none: what it shows is known of one only.
  function merged(found, wanted) {
    if (!found.length) return wanted ? { n: 0, c: 0, text: null } : null;
    if (found.length === 1) return found[0];
    const there = found.filter(({ n }) => n > 0);
    if (there.length === 1) return there[0];
    return { ...found[0], n: there.length ? there.reduce((sum, { n }) => sum + n, 0) : found[0].n, text: null };
  }

  function symbolIn(place, scope) {
    const found = find(place.selector, scope);
    return (found.length === 1 && read(found[0], place.read)?.trim()) || null;
  }

  const isSilent = (candidates) => candidates.some((candidate) => SILENT_READS.test(candidate.read));

  return { locate, shown, merged, symbolIn, isSilent };
}
