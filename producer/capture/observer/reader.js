// Who reads what the observer says, and how far he has got. Who reads slower than we write gets fewer messages, each
// with the newest texts: no backlog builds up.
({ plan }) => {
  const LAG_MS = 5000; // a beat that is not acknowledged for so long: the reader has fallen behind
  const MAX_INTERVAL_MS = 1000;
  const MAX_BEATS = 100;

  const generation = Math.floor(Math.random() * 2 ** 52);
  let seq = 0;
  let interval = plan.sample_ms;
  let unacknowledged = []; // beats: { seq, at }

  function post(message) {
    seq += 1;
    globalThis.tickqlPost(JSON.stringify({ ...message, generation, seq }));
  }

  // Post one that is to be acknowledged.
  function postBeat(message, at) {
    post(message);
    unacknowledged.push({ seq, at });
    unacknowledged = unacknowledged.slice(-MAX_BEATS);
  }

  function acknowledge(upTo) {
    unacknowledged = unacknowledged.filter((each) => each.seq > upTo);
  }

  function pace(at) {
    const lag = unacknowledged.length ? at - unacknowledged[0].at : 0;
    if (lag > LAG_MS) interval = Math.min(MAX_INTERVAL_MS, Math.max(interval * 4, plan.sample_ms));
    else if (interval > plan.sample_ms) interval = Math.max(interval / 4, plan.sample_ms);
  }

  return {
    post,
    postBeat,
    acknowledge,
    pace,
    // How long from one message to the next, in ms, on the long run.
    get interval() {
      return interval;
    },
  };
}
