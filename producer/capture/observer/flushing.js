// Flushing: sends readings, on average once in each `interval`, and one reading of each symbol. The rate of a symbol is
// limited by a token bucket that refills with one token each interval. Many readings are sent in several messages.
({
  clock: { now, unixUs },
  faults: { guarded },
  channel,
  entries: { PART_READINGS, all: entries, held, replaced },
  heartbeat,
}) => {
  const JITTER_MS = 30; // a late timer collects the changes of up to this time: all of them are kept, and sent at once
  const STALL_MS = 1000; // the same at the finest interval: a busy machine may stop a page for longer
  const FINEST_MS = 10;

  let queue = [];
  let due = -Infinity; // time of the next message if all were in time: a late one must not delay the others
  let flushTimer = null;
  let queuedMarkers = heartbeat.sentMarkers; // the markers that were on the page when the queue was filled

  let isOpen = false; // whether a part of the present flush is sent

  // `isPart`: more readings of the same moment follow.
  function flush(isPart = false) {
    const at = now();
    if (!channel.isFull) {
      for (const entry of held) release(entry, at);
      if (queue.length && (isOpen || at >= due - JITTER_MS)) send(at);
    }
    isOpen &&= isPart;
    if (isPart || channel.isFull || (!queue.length && !held.size) || flushTimer !== null) return;
    const waits = [...held].map(({ tokens }) => (1 - tokens) * channel.interval);
    if (queue.length) waits.push(due - JITTER_MS - at);
    flushTimer = setTimeout(guarded(() => {
      flushTimer = null;
      flush();
    }), Math.max(1, Math.min(...waits)));
  }

  function send(at) {
    if (!isOpen) {
      heartbeat.sendIfMarkersChanged();
      if (heartbeat.sentMarkers !== queuedMarkers) replaceQueue();
      due = Math.max(due, at) + channel.interval;
      isOpen = true;
    }
    const readings = queue;
    queue = [];
    for (let start = 0; start < readings.length; start += PART_READINGS) {
      channel.post({ kind: "flush", readings: readings.slice(start, start + PART_READINGS) });
    }
  }

  // Queue the reading of a held entry, if it has a token.
  function release(entry, at) {
    const capacity = 1 + (channel.interval > FINEST_MS ? JITTER_MS : STALL_MS) / channel.interval;
    entry.tokens = Math.min(capacity, entry.tokens + (at - entry.refilled) / channel.interval);
    entry.refilled = at;
    if (entry.tokens < 0.99) return; // not 1: sums of fractions fall short of it
    if (entry.sent && entry.texts.every((text, i) => text === entry.sent[i])) {
      held.delete(entry);
      replaced(entry);
      return;
    }
    entry.tokens -= 1;
    enqueue(entry, entry.us);
  }

  // From here on the reading counts as sent.
  function enqueue(entry, us) {
    held.delete(entry);
    entry.sent = entry.texts;
    queue.push([us, entry.rule, entry.symbol, ...entry.texts, entry.merged]);
    entry.merged = 0;
  }

  // The markers have changed. Readings that were queued before are replaced by the entries' newest ones: a reading of a
  // time when prices were live must not follow the news that they are not, nor the other way round.
  function replaceQueue() {
    queuedMarkers = heartbeat.sentMarkers;
    const outdated = queue;
    queue = [];
    const found = new Set();
    for (const [, rule, symbol, , , , merged] of outdated) {
      const entry = entries.get(`${rule} ${symbol}`);
      if (!entry) continue;
      entry.merged += merged;
      found.add(entry);
    }
    for (const entry of found) enqueue(entry, unixUs());
  }

  // Send the readings of all entries, also those that were sent before.
  function resendAll() {
    for (const entry of entries.values()) if (entry.texts) enqueue(entry, unixUs());
    flush();
  }

  return { flush, resendAll };
}
