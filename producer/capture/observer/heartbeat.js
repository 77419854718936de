// The heartbeat: this frame is alive, and this is what of the feed file is found on it. It is sent each second, and at
// once when what is found has changed.
({
  MAX_CHARACTERS, clock, faults, channel, selectors: { invalid }, rules: { groups }, entries, markers, closed_roots, reading_plan,
}) => {
  const PERIOD_MS = 1000;
  const MEASURED_TIMERS = 5; // timers of 10 ms in a row
  const TIMER_MS = 10;

  const tally = { missed: 0 }; // changes that only the sweep found
  let timerHz = null; // the better one of two measurements: a single stall says nothing about the page
  let lastHz = 0;
  let sentFindings = null;
  let sentMarkers = "[]";
  let sentMerged = 0; // changes that were merged before the last heartbeat

  const isRendered = ({ element }) => [element ?? []].flat().every((each) => reading_plan.isRendered(each));

  function findings() {
    return {
      marks: markers.present(),
      groups: groups.map(({ rule, units }) => [
        rule, units.size, [...units.values()].filter(({ entry }) => !entry).length,
      ]),
      places: [...entries.all.values()]
        .filter(({ places }) => places.some((place) => place?.n))
        .map(({ rule, symbol, places }) => [rule, symbol, ...places.map((place) => place && [place.n, place.c, isRendered(place)])]),
    };
  }

  function send() {
    const at = clock.now();
    const found = findings();
    sentFindings = JSON.stringify(found);
    sentMarkers = JSON.stringify(found.marks);
    clock.synchronize();
    channel.post({
      kind: "beat",
      us: clock.unixUs(),
      top: window === window.top,
      href: location.href.slice(0, MAX_CHARACTERS),
      title: document.title.slice(0, MAX_CHARACTERS),
      visible: document.visibilityState === "visible",
      timer_hz: timerHz,
      behind: channel.isFull || entries.tally.merged > sentMerged,
      ...entries.tally,
      ...tally,
      ...faults.tally(),
      invalid,
      ...found,
    });
    sentMerged = entries.tally.merged;
    closed_roots.requestIfNeeded();
    measureTimers(MEASURED_TIMERS, at);
  }

  function measureTimers(left, started) {
    if (left) {
      setTimeout(() => measureTimers(left - 1, started), TIMER_MS);
      return;
    }
    const hz = Math.round(MEASURED_TIMERS * 1000 / (clock.now() - started));
    timerHz = Math.max(hz, lastHz);
    lastHz = hz;
  }

  return {
    tally,
    start: () => setInterval(faults.guarded(send), PERIOD_MS),
    sendIfFindingsChanged() {
      if (JSON.stringify(findings()) !== sentFindings) send();
    },
    // Called before prices are sent: the program must know first that they are doubtful.
    sendIfMarkersChanged() {
      if (markers.hasUrgent && JSON.stringify(markers.present()) !== sentMarkers) send();
    },
    get sentMarkers() {
      return sentMarkers;
    },
  };
}
