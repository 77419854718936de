// An exception must neither reach the page nor stop the observer; the next beat tells of it, and where it was.
({ lines, MAX_CHARACTERS }) => {
  const tally = { faults: 0, fault: null };

  const guarded = (work) => (...given) => {
    try {
      return work(...given);
    } catch (error) {
      note(error);
    }
  };

  function note(error) {
    tally.faults += 1;
    tally.fault = `${String(error).slice(0, MAX_CHARACTERS)}${place(error)}`;
  }

  // `lines` says where in the whole script each part begins: [name, line].
  function place(error) {
    const line = Number(/observer\.js:(\d+)/.exec(error?.stack)?.[1]);
    const part = lines.findLast(([, first]) => first <= line);
    return part ? ` (${part[0]}:${line - part[1] + 1})` : "";
  }

  return { guarded, note, tally };
}
