// The measures of common fonts: where a text stands in the box that the browser gives for it. No script can ask for them.
() => {
  const HEIGHT_EM = 1.15; // the height of the box of a line of text
  const DESCENT = 0.22; // of that height: how far the baseline is above the lower edge

  const baselineOf = ({ bottom, height }) => bottom - DESCENT * height;

  // The lower edge of a box with this baseline and height.
  const bottomOf = (baseline, height) => baseline + DESCENT * height;

  return { HEIGHT_EM, baselineOf, bottomOf };
}
