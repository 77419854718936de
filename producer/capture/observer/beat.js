// The beat: the page is alive, and this is how well it is seen. Each second, and when that has changed.
({
  MAX_CHARACTERS, clock, faults, reader, selectors: { invalid }, rules: { groups }, entries, marks, suspects,
}) => {
  const BEAT_MS = 1000;

  const tally = { missed: 0 }; // changes that only the sweep found
  let timerHz = null; // the better of two beats: a stall is no habit
  let lastHz = 0;
  let told = null;
  let marksTold = "[]";

  function sightings() {
    return {
      marks: marks.seen(),
      groups: groups.map(({ rule, units }) => [
        rule, units.size, [...units.values()].filter(({ entry }) => !entry).length,
      ]),
      places: [...entries.all.values()]
        .filter(({ places }) => places.some((place) => place?.n))
        .map(({ rule, symbol, places }) => [rule, symbol, ...places.map((place) => place && [place.n, place.c])]),
    };
  }

  function beat() {
    const at = clock.now();
    const seen = sightings();
    told = JSON.stringify(seen);
    marksTold = JSON.stringify(seen.marks);
    clock.set();
    reader.pace(at);
    reader.postBeat({
      kind: "beat",
      us: clock.unixUs(),
      top: window === window.top,
      href: location.href.slice(0, MAX_CHARACTERS),
      title: document.title.slice(0, MAX_CHARACTERS),
      visible: document.visibilityState === "visible",
      timer_hz: timerHz,
      interval_ms: reader.interval,
      ...entries.tally,
      ...tally,
      ...faults.tally(),
      invalid,
      ...seen,
    }, at);
    suspects.ask();
    measureTimers(5, at);
  }

  function measureTimers(left, started) {
    if (left) {
      setTimeout(() => measureTimers(left - 1, started), 10);
      return;
    }
    const hz = Math.round(5000 / (clock.now() - started));
    timerHz = Math.max(hz, lastHz);
    lastHz = hz;
  }

  return {
    tally,
    start: () => setInterval(faults.guarded(beat), BEAT_MS),
    // If what is seen is not what was told.
    beatIfNews() {
      if (JSON.stringify(sightings()) !== told) beat();
    },
    // Before prices leave: what makes them doubtful is told first.
    tellMarks() {
      if (marks.hasUrgent && JSON.stringify(marks.seen()) !== marksTold) beat();
    },
    get marksTold() {
      return marksTold;
    },
  };
}
