// Settling. Some pages count up or down to each new price, frame by frame. A feed file may say how long a text must stand
// still until it counts (`settle`). This is decided in the page, which alone knows how long a text was shown: a message
// may be late. What is shown in between is never sent, and is no change that was lost.
({ plan, PRICES, clock: { now, unixUs } }) => {
  const STALL_MS = 50; // a timer that is later: the page stood still, and with it the text, so that nothing is proved
  const RESTLESS_MS = 5000; // a text that does not settle for so long, or ten times its time, is reported
  const UNREADABLE = "\x1e"; // before the reason why a text cannot be read

  const waits = new Map(plan.rules.filter(({ settle }) => settle).map(({ rule, settle }) => [rule, PRICES.map((price) => settle[price] ?? 0)]));
  const waiting = new Set(); // entries with a text that does not count yet

  // The state of an entry: for each price the text that counts, and the one that may be next. null: nothing settles.
  const stateOf = (rule) => waits.has(rule)
    ? { waits: waits.get(rule), counted: PRICES.map(() => null), next: PRICES.map(() => null), since: PRICES.map(() => null), us: 0 }
    : null;

  // Replace texts that do not count yet by those that did before. Returns when the newest that now counts was first
  // shown; null: another price has changed as well, or none that settles.
  function hold(entry, texts) {
    const { settling: state } = entry;
    const isOther = texts.some((text, i) => !state.waits[i] && text !== (entry.texts?.[i] ?? null));
    state.waits.forEach((wait, i) => {
      if (wait) texts[i] = settled(state, i, texts[i]);
    });
    if (state.next.some(Boolean)) waiting.add(entry);
    else waiting.delete(entry);
    return isOther ? null : state.us || null;
  }

  // The text that counts for a price that shows `text` now.
  function settled(state, i, text) {
    const at = now();
    const wait = state.waits[i];
    const next = state.next[i];
    if (next && at >= next.until && at < next.until + STALL_MS) count(state, i, next);
    if (text === state.counted[i] || text === null) { // an element that is not there need not settle
      state.counted[i] = text;
      state.next[i] = state.since[i] = null;
    } else if (next?.text !== text) {
      state.next[i] = { text, us: unixUs(), until: at + wait, isRepeated: false };
      state.since[i] ??= at;
    } else if (at >= next.until) {
      if (next.isRepeated) count(state, i, next); // timers of hidden pages are always late
      else Object.assign(next, { until: at + wait, isRepeated: true });
    }
    if (state.since[i] !== null && at - state.since[i] > Math.max(RESTLESS_MS, 10 * wait)) {
      state.counted[i] = `${UNREADABLE}it has not stood still for ${wait / 1000} s, as settle asks`;
      state.us = 0;
    }
    return state.counted[i];
  }

  function count(state, i, { text, us }) {
    state.counted[i] = text;
    state.us = Math.max(state.us, us);
    state.next[i] = state.since[i] = null;
  }

  // In how many ms the first text may count; null: none is waiting.
  function pause() {
    if (!waiting.size) return null;
    const due = Math.min(...[...waiting].flatMap(({ settling: { next } }) => next.flatMap((each) => each?.until ?? [])));
    return Math.max(1, due - now());
  }

  return { waiting, stateOf, hold, pause };
}
