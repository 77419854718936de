// An exception must neither reach the page nor stop the observer; the next beat tells of it, and where it was.
({ lines, MAX_CHARACTERS, clock: { now } }) => {
  const NEWS_MS = 10_000; // how long a fault is told of; they are counted for ever

  let faults = 0;
  let fault = null;
  let at = 0;

  const guarded = (work) => (...given) => {
    try {
      return work(...given);
    } catch (error) {
      note(error);
    }
  };

  function note(error) {
    faults += 1;
    at = now();
    fault = `${String(error).slice(0, MAX_CHARACTERS)}${place(error)}`;
  }

  // `lines` says where in the whole script each part begins: [name, line].
  function place(error) {
    const line = Number(/observer\.js:(\d+)/.exec(error?.stack)?.[1]);
    const part = lines.findLast(([, first]) => first <= line);
    return part ? ` (${part[0]}:${line - part[1] + 1})` : "";
  }

  const tally = () => ({ faults, fault: now() - at < NEWS_MS ? fault : null });

  return { guarded, tally };
}
