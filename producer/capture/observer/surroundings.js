// Surroundings: what an element and all around it do to the text in it, wherever that style is set: a line through it,
// a blur, a mirror, letters that are painted. Kept for each element, since all cells of a board share
// what is around them. To ask for it costs no layout.
({ restyling }) => {
  const MAX_BLUR_PX = 2; // with more nobody is sure of a digit
  const MIN_SPACING_EM = -0.25; // between letters: with less they cover one another
  const MIRRORED = -0.01; // what is left of a direction that is turned by 90 degrees is a rounding error
  const TRANSLATION = /translate(?:3d|[XYZ])?\((?:[^()]|\([^()]*\))*\)/g; // moves a text and does not turn it

  const PLAIN = { isStruck: false, isPainted: false, blur: 0, matrix: null };
  const known = new WeakMap(); // node -> { looks, outer, since, round }
  let round = 0; // of checks
  let isChecking = false;

  // { isStruck, isPainted, blur: in pixels, matrix: how it is turned or mirrored, null: not at all }
  function around(node) {
    if (!node) return PLAIN;
    const outer = around(node.assignedSlot ?? node.parentNode ?? node.host);
    const before = known.get(node);
    const isKept = before && before.outer === outer && restyling.changedAt(node) <= before.since;
    if (isKept && (!isChecking || before.round === round)) return before.looks;
    const found = node.nodeType === Node.ELEMENT_NODE ? looksOf(node, outer) : { ...outer };
    const looks = isKept && isSame(found, before.looks) ? before.looks : found;
    known.set(node, { looks, outer, since: restyling.count(), round });
    return looks;
  }

  const isSame = (one, other) => Object.keys(PLAIN).every((name) => String(one[name]) === String(other[name]));

  function looksOf(element, outer) {
    const style = getComputedStyle(element);
    return {
      isStruck: style.textDecorationLine.includes("line-through") || (outer.isStruck && isInFlow(style)),
      isPainted: outer.isPainted || isPainted(element, style),
      blur: [...style.filter.matchAll(/blur\(([\d.]+)px\)/g)].reduce((sum, [, px]) => sum + Number(px), outer.blur),
      matrix: matrixOf(element, outer.matrix),
    };
  }

  // A line through a text does not go through boxes in it that are laid out on their own.
  const isInFlow = ({ display, cssFloat, position }) =>
    !/^inline-/.test(display) && !/left|right/.test(cssFloat) && position !== "absolute" && position !== "fixed";

  // Whether the letters are painted by something else than the colour of the text.
  const isPainted = ({ ownerSVGElement }, { webkitBackgroundClip }) => Boolean(ownerSVGElement) || /text/.test(webkitBackgroundClip);

  function matrixOf(element, outer) {
    const style = element.computedStyleMap?.();
    const [rotate, scale, transform] = ["rotate", "scale", "transform"].map((name) => String(style?.get(name) ?? "none"));
    if (rotate === "none" && scale === "none" && transform === "none") return outer;
    const own = outer ? DOMMatrix.fromMatrix(outer) : new DOMMatrix();
    if (rotate !== "none") own.rotateSelf(parseFloat(rotate.split(" ").at(-1)));
    if (scale !== "none") own.scaleSelf(...scale.split(" ").map((each) => (each.endsWith("%") ? parseFloat(each) / 100 : Number(each))));
    const turns = transform.replace(TRANSLATION, "").trim();
    return turns && turns !== "none" ? own.multiplySelf(parsed(turns)) : own;
  }

  function parsed(transform) {
    try {
      return new DOMMatrix(transform);
    } catch {
      return new DOMMatrix(); // it depends on sizes, which only moves have
    }
  }

  // Why nobody can read a text there; null: it can be read. `style`: of its element.
  function faultOf({ blur, matrix }, { writingMode, letterSpacing, fontSize }) {
    if (parseFloat(letterSpacing) < MIN_SPACING_EM * parseFloat(fontSize)) return "its characters are drawn over one another";
    if (blur > MAX_BLUR_PX) return "it is blurred";
    if (!matrix) return null;
    const { m11, m12, m21, m22 } = matrix;
    if (m11 * m22 - m12 * m21 < MIRRORED) return "it is turned or mirrored";
    // Vertical text that is turned by half is read from below.
    return m11 < MIRRORED && m22 < MIRRORED && writingMode === "horizontal-tb" ? "it is turned or mirrored" : null;
  }

  // Call `work` with looks that are found anew, once for each element: what no mutation announces.
  function checking(work) {
    round += 1;
    isChecking = true;
    try {
      return work();
    } finally {
      isChecking = false;
    }
  }

  return { around, isInFlow, isPainted, faultOf, checking };
}
