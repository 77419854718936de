// The channel to the program, with back-pressure. While the program does not run or is behind, messages wait outside of
// the page, up to a number of bytes. Beyond that no readings are posted: each entry keeps its newest one, counts those
// that it replaced, and the next reading that is posted carries the count.
({ plan }) => {
  const MESSAGE_BYTES = 200; // what a message costs on its way, besides its text

  const generation = Math.floor(Math.random() * 2 ** 52);
  let seq = 0;
  let unacknowledged = []; // in order: { seq, bytes }
  let bytes = 0; // of all unacknowledged messages

  function post(message) {
    seq += 1;
    const text = JSON.stringify({ ...message, generation, seq });
    unacknowledged.push({ seq, bytes: text.length + MESSAGE_BYTES });
    bytes += text.length + MESSAGE_BYTES;
    globalThis.tickqlPost(text);
  }

  // The program has processed all messages up to `upTo`.
  function acknowledge(upTo) {
    const next = unacknowledged.findIndex((each) => each.seq > upTo);
    const done = unacknowledged.splice(0, next < 0 ? unacknowledged.length : next);
    for (const each of done) bytes -= each.bytes;
  }

  return {
    post,
    acknowledge,
    interval: plan.sample_ms, // the time from one message with readings to the next on average, in ms
    // Whether so much is unacknowledged that no readings may be posted.
    get isFull() {
      return bytes >= plan.max_waiting_bytes;
    },
  };
}
