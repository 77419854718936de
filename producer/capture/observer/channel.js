// The channel to the producer's program, with back-pressure: while the program processes messages more slowly than this
// side posts them, the sample interval grows. It then gets fewer messages, each with the newest texts, and no backlog.
({ plan }) => {
  const MAX_LAG_MS = 5000; // the age of an unacknowledged heartbeat at which the program has fallen behind
  const MAX_INTERVAL_MS = 1000;
  const MAX_UNACKNOWLEDGED = 100;

  const generation = Math.floor(Math.random() * 2 ** 52);
  let seq = 0;
  let interval = plan.sample_ms;
  let unacknowledged = []; // heartbeats: { seq, at }

  function post(message) {
    seq += 1;
    globalThis.tickqlPost(JSON.stringify({ ...message, generation, seq }));
  }

  // Post a heartbeat, which the program acknowledges.
  function postHeartbeat(message, at) {
    post(message);
    unacknowledged.push({ seq, at });
    unacknowledged = unacknowledged.slice(-MAX_UNACKNOWLEDGED);
  }

  function acknowledge(upTo) {
    unacknowledged = unacknowledged.filter((each) => each.seq > upTo);
  }

  // Fit the interval to the lag; called at each heartbeat. It changes by a factor of four each time.
  function adjustInterval(at) {
    const lag = unacknowledged.length ? at - unacknowledged[0].at : 0;
    if (lag > MAX_LAG_MS) interval = Math.min(MAX_INTERVAL_MS, Math.max(interval * 4, plan.sample_ms));
    else if (interval > plan.sample_ms) interval = Math.max(interval / 4, plan.sample_ms);
  }

  return {
    post,
    postHeartbeat,
    acknowledge,
    adjustInterval,
    // The time from one message to the next on average, in ms.
    get interval() {
      return interval;
    },
  };
}
