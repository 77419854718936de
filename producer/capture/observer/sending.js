// Sending: on the long run a message each `interval` at most, and so for each symbol's readings.
({ clock: { now, unixUs }, faults: { guarded }, reader, entries: { all: entries, held, tally }, beat }) => {
  const JITTER_MS = 30; // changes bunched by a late timer are all kept and sent at once, up to so much of lateness
  const STALL_MS = 1000; // the same at the finest interval: a busy machine may stop a page, which then makes up for it
  const FINEST_MS = 10;

  let queue = [];
  let due = -Infinity; // of the next message, if all were on time: one that is late must not make the rest late
  let flushTimer = null;
  let marks = beat.marksTold; // under which the queue was made

  function flush() {
    const at = now();
    for (const entry of held) release(entry, at);
    if (queue.length && at >= due - JITTER_MS) {
      beat.tellMarks();
      if (beat.marksTold !== marks) renew();
      due = Math.max(due, at) + reader.interval;
      const readings = queue;
      queue = [];
      reader.post({ kind: "flush", readings });
    }
    if ((!queue.length && !held.size) || flushTimer !== null) return;
    const waits = [...held].map(({ tokens }) => (1 - tokens) * reader.interval);
    if (queue.length) waits.push(due - JITTER_MS - at);
    flushTimer = setTimeout(guarded(() => {
      flushTimer = null;
      flush();
    }), Math.max(1, Math.min(...waits)));
  }

  function release(entry, at) {
    const room = 1 + (reader.interval > FINEST_MS ? JITTER_MS : STALL_MS) / reader.interval;
    entry.tokens = Math.min(room, entry.tokens + (at - entry.refilled) / reader.interval);
    entry.refilled = at;
    if (entry.tokens < 0.99) return;
    if (entry.sent && entry.texts.every((text, i) => text === entry.sent[i])) {
      held.delete(entry);
      tally.conflated += 1;
      return;
    }
    entry.tokens -= 1;
    say(entry, entry.us);
  }

  // From here on it counts as told.
  function say(entry, us) {
    held.delete(entry);
    entry.sent = entry.texts;
    queue.push([us, entry.rule, entry.symbol, ...entry.texts]);
  }

  // Marks have changed: of readings of before that wait to leave only what now stands in their place leaves.
  function renew() {
    marks = beat.marksTold;
    const keys = new Set(queue.map(([, rule, symbol]) => `${rule} ${symbol}`));
    queue = [];
    for (const key of keys) if (entries.has(key)) say(entries.get(key), unixUs());
  }

  // Send all readings, also those that were sent.
  function retell() {
    for (const entry of entries.values()) if (entry.texts) say(entry, unixUs());
    flush();
  }

  return { flush, retell };
}
