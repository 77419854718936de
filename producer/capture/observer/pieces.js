// The pieces of a seen text: runs in the order in which a person reads them, each with its gap to the piece before and
// its kind. producer/prices/seen_text.py decodes the markers, and decides whether the pieces are one number.
({ font_metrics: { HEIGHT_EM, baselineOf }, visibility: { isFaint } }) => {
  const SAME_LINE = 0.3; // of the lower of two boxes: with more overlap they are on one line
  const TOUCHING_EM = 0.12; // letter spacing and rounding leave this much between digits of one number
  const DIGIT_EM = 0.62; // the widest digit of common fonts: a wider gap is no space inside a number
  const OVERLAP_EM = 0.15;
  const RAISED_EM = 0.15;
  const LOWERED_EM = 0.12;
  const SMALLER = 0.87;
  const BIGGER = 1.12;
  const SCALED = 0.07; // a smaller change of size is a rounding error
  const FADED = 0.5; // of the opacity of the rest

  const hasDigit = (text) => /\p{Nd}/u.test(text);

  // Order runs and give them markers: [{ run, marker }]. The marker is empty for the first piece, and what separates a
  // piece from the one before it otherwise.
  function piecesOf(runs, isRendered) {
    const ordered = isRendered ? linesOf(runs).flatMap((line) => line.sort((a, b) => a.first.left - b.first.left)) : runs;
    // Colour needs a look at all that is around a text: where all have one colour, none is fainter than the others.
    const isOneColour = ordered.every(({ style }) => style.color === ordered[0].style.color);
    for (const run of ordered) run.isFaint = !isOneColour && isFaint(run.style, run.holder);
    const reference = referenceOf(ordered);
    return ordered.map((run, i) => {
      const kind = kindOf(run, reference, isRendered);
      const gap = i === 0 ? 0 : isRendered ? gapOf(ordered[i - 1], run) : run.gap;
      return { run, marker: i === 0 && kind === "=" ? "" : `\x1f${gap}${kind}` };
    });
  }

  // Runs on the same line as any other run of the line, from the top down.
  function linesOf(runs) {
    const lines = [];
    for (const run of [...runs].sort((a, b) => b.first.height - a.first.height)) {
      const line = lines.find((each) => each.some(({ first }) => overlap(first, run.first) > SAME_LINE));
      if (line) line.push(run);
      else lines.push([run]);
    }
    return lines.sort(([a], [b]) => a.first.top - b.first.top);
  }

  const overlap = (a, b) =>
    (Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)) / Math.min(a.height, b.height);

  // What floats beside a text is no part of it, even if they touch.
  const gapOf = (before, run) =>
    Math.max(distanceOf(before, run), Boolean(before.context.float) === Boolean(run.context.float) ? 0 : 1);

  function distanceOf({ last, style }, { first }) {
    if (overlap(last, first) <= SAME_LINE) return 3;
    const distance = first.left - last.right - (parseFloat(style.letterSpacing) || 0);
    const em = Math.max(last.height, first.height) / HEIGHT_EM;
    const narrower = Math.min(last.right - last.left, first.right - first.left);
    if (distance < -OVERLAP_EM * em && distance < -0.3 * narrower) return 4;
    return distance <= TOUCHING_EM * em ? 0 : distance <= DIGIT_EM * em ? 1 : 2;
  }

  // The run that the others are compared with: the first with a digit that nothing takes back.
  function referenceOf(runs) {
    const digits = runs.filter(({ text }) => hasDigit(text));
    return digits.find(({ context: { struck, opacity }, isFaint }) => !struck && opacity > FADED && !isFaint)
      ?? digits[0] ?? runs[0];
  }

  function kindOf(run, reference, isRendered) {
    const { context } = run;
    if (context.struck) return "x";
    if (run === reference) return "=";
    if (context.link && context.link !== reference.context.link) {
      // Where the rest of the price is a link too, a smaller link may be the rest of the number.
      return reference.context.link || /[=b]/.test(lookOf(run, reference, isRendered)) ? "l" : "n";
    }
    if (context.box && context.box !== reference.context.box) return "o";
    if (run.isCut || context.opacity <= FADED * reference.context.opacity) return "f";
    if (run.isFaint && !reference.isFaint) return "f";
    return lookOf(run, reference, isRendered);
  }

  // The size and the place on the line of a run beside the reference.
  function lookOf(run, reference, isRendered) {
    const size = isRendered && (run.context.transformed || reference.context.transformed)
      ? sizeOf(run) / sizeOf(reference)
      : parseFloat(run.style.fontSize) / parseFloat(reference.style.fontSize);
    const raised = isRendered ? raiseOf(run, reference, size) : raiseByStyle(run);
    if (raised) return raised;
    return size <= SMALLER || (!run.style.fontSize && run.holder.closest("small")) ? "s" : size >= BIGGER ? "b" : "=";
  }

  // The size of a run's font as it is drawn, also where `zoom`, a transform or an SVG view box scales it.
  const sizeOf = ({ holder, style }) => parseFloat(style.fontSize) * scaleOf(holder);

  function scaleOf(element) {
    const matrix = element.getScreenCTM?.();
    if (matrix) return Math.sqrt(Math.abs(matrix.a * matrix.d - matrix.b * matrix.c));
    if (!element.offsetHeight) { // it has no box of its own, as a slot
      const around = element.assignedSlot ?? element.parentElement ?? element.getRootNode().host;
      return around ? scaleOf(around) : 1;
    }
    const scale = element.getBoundingClientRect().height / element.offsetHeight; // which has no fractions
    return Math.abs(scale - 1) > SCALED ? scale : 1;
  }

  function raiseOf(run, reference, size) {
    // Bigger figures that are centred on the line of others have a lower baseline: that lowers nothing.
    const em = (reference.first.height / HEIGHT_EM) * (size >= BIGGER ? 2 * size : 1);
    if (overlap(run.first, reference.first) <= 0) return null; // on another line
    const raised = baselineOf(reference.first) - baselineOf(run.first);
    return raised > RAISED_EM * em ? "^" : raised < -LOWERED_EM * em ? "v" : null;
  }

  function raiseByStyle({ holder, style: { verticalAlign } }) {
    if (verticalAlign === "super" || (!verticalAlign && holder.closest("sup"))) return "^";
    if (verticalAlign === "sub" || (!verticalAlign && holder.closest("sub"))) return "v";
    return null;
  }

  return { piecesOf, hasDigit };
}
