// Exceptions of the observer: none may reach the page or stop the observer. The next heartbeat reports the newest one,
// with file and line.
({ lines, MAX_CHARACTERS, clock: { now } }) => {
  const REPORT_MS = 10_000; // how long heartbeats carry the text of an exception; the count never goes back

  let count = 0;
  let newest = null;
  let at = 0;

  const guarded = (work) => (...given) => {
    try {
      return work(...given);
    } catch (error) {
      record(error);
    }
  };

  function record(error) {
    count += 1;
    at = now();
    newest = `${String(error).slice(0, MAX_CHARACTERS)}${place(error)}`;
  }

  // `lines` holds the first line of each part in the whole script: [name, line].
  function place(error) {
    const line = Number(/observer\.js:(\d+)/.exec(error?.stack)?.[1]);
    const part = lines.findLast(([, first]) => first <= line);
    return part ? ` (${part[0]}:${line - part[1] + 1})` : "";
  }

  const tally = () => ({ faults: count, fault: now() - at < REPORT_MS ? newest : null });

  return { guarded, tally };
}
