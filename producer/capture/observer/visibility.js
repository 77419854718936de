// Whether a person sees a text: by computed style, and by where it is and what clips it.
() => {
  const MIN_OPACITY = 0.1; // below it nobody reads a text
  const MIN_CLIP_PX = 2; // texts for screen readers are put into a box of one pixel
  const MAX_INSET = 95; // percent of a side: clipping more leaves nothing that can be read
  const MIN_AREA = 4; // of a clipping polygon
  const FAR_PX = 3000; // from its element: no page shows both at once
  const MAX_SHIFT_PX = 500; // of generated content: farther away it is out of the window
  const MIN_SHARE = 0.2; // of a text: with less of it inside its box it counts as clipped away
  const CUT_SHARE = 0.5; // of digits that stand beside the box that clips them, if only in part
  const WHOLE_SHARE = 0.8; // with less it is cut, as a digit that rolls in
  const MAX_SHADOW_EM = 0.15; // of blur: with more it shows no letters
  const MIN_CONTRAST = 1.25; // of a text to its background, as WCAG 2 defines it; 1 is the same colour

  // Computed colours: rgb(1, 2, 3), rgba(1, 2, 3, 0.5), oklch(0.6 0.1 20 / 0.5).
  function alphaOf(colour) {
    const [, comma, slash] = /^rgba\(.*,\s*([\d.]+)\)$|\/\s*([\d.]+)\)$/.exec(colour) ?? [];
    return Number(comma ?? slash ?? 1);
  }

  // The style alone: `style` of the element or pseudo-element that holds the text, `opacity` of all around it.
  // `isPainted`: by something else than the colour of the text.
  function isHiddenByStyle(style, opacity, isPainted) {
    if (style.visibility && style.visibility !== "visible") return true;
    return opacity < MIN_OPACITY || isInkless(style, isPainted);
  }

  // Whether letters in a style draw nothing that can be read, wherever they are.
  function isInkless(style, isPainted) {
    if (parseFloat(style.fontSize) < 1) return true;
    if (style.webkitTextSecurity && style.webkitTextSecurity !== "none") return true;
    const fill = style.webkitTextFillColor || style.color;
    return Boolean(fill) && alphaOf(fill) < MIN_OPACITY && !isPainted && !isOutlined(style) && !hasSharpShadow(style);
  }

  const isOutlined = ({ webkitTextStrokeWidth: width, webkitTextStrokeColor: colour }) => parseFloat(width) > 0 && alphaOf(colour) >= MIN_OPACITY;

  // Whether letters without a fill are seen by their shadow. A blurred one hides them: prices for subscribers are so.
  function hasSharpShadow({ textShadow, fontSize }) {
    if (!textShadow || textShadow === "none") return false;
    const blurs = [...textShadow.matchAll(/px -?[\d.]+px ([\d.]+)px/g)].map(([, blur]) => parseFloat(blur));
    return blurs.some((blur) => blur < MAX_SHADOW_EM * parseFloat(fontSize));
  }

  // Whether an element hides all that is in it, other than by `overflow`: clipped to nothing, turned away, filtered out.
  function isClippedAway(style) { // to ask for a value costs about a microsecond
    const { filter, clipPath } = style;
    if (filter && filter !== "none" && /opacity\(0?\.0\d*\)|opacity\(0\)/.test(filter)) return true;
    if (style.backfaceVisibility === "hidden" && isTurnedAway(style.transform)) return true;
    if (style.contentVisibility === "hidden" && style.display !== "inline") return true;
    if (/^(absolute|fixed)$/.test(style.position) && isClippedToNothing(style.clip)) return true;
    return isMaskedAway(style.maskImage) || (Boolean(clipPath) && clipPath !== "none" && isNothing(clipPath));
  }

  function isClippedToNothing(clip) {
    if (!clip || clip === "auto") return false;
    const [top, right, bottom, left] = clip.match(/-?[\d.]+/g)?.map(Number) ?? [];
    return right - left < MIN_CLIP_PX || bottom - top < MIN_CLIP_PX;
  }

  // A mask of nothing but transparent colours.
  const isMaskedAway = (mask) => Boolean(mask) && mask !== "none" && mask.includes("rgba(0, 0, 0, 0)")
    && !/rgba?\(|#|url/.test(mask.replaceAll("rgba(0, 0, 0, 0)", ""));

  // Whether a basic shape encloses nothing: as far as its percentages say, for pixels depend on the element's size.
  function isNothing(shape) {
    const [, name, values] = /^([a-z]+)\((.*)\)$/.exec(shape) ?? [];
    if (name === "circle" || name === "ellipse") return /^0(px|%)?( |$)|^\S+ 0(px|%)?( |$)/.test(values);
    if (name === "polygon") return areaOf(values) < MIN_AREA;
    if (name !== "inset" && name !== "rect") return false;
    const [top, right = top, bottom = top, left = right] = values.split(" round ")[0].split(" ");
    const shareOf = (side) => (side.endsWith("%") ? parseFloat(side) : 0);
    return name === "inset" && (shareOf(top) + shareOf(bottom) > MAX_INSET || shareOf(left) + shareOf(right) > MAX_INSET);
  }

  function areaOf(values) {
    const corners = values.replace(/^(nonzero|evenodd),/, "").split(",").map((corner) => corner.match(/-?[\d.]+/g)?.map(Number) ?? []);
    return Math.abs(corners.reduce((sum, [x, y], i) => {
      const [nextX, nextY] = corners[(i + 1) % corners.length];
      return sum + x * nextY - nextX * y;
    }, 0)) / 2;
  }

  const isTurnedAway = (transform) => /^matrix3d/.test(transform) && new DOMMatrixReadOnly(transform).m33 < 0;

  const clipsOverflow = ({ overflowX, overflowY, display }) =>
    display !== "inline" && display !== "contents" && (overflowX !== "visible" || overflowY !== "visible");

  // The share of a text's box, 0 to 1, that its clipping elements leave visible. `hasDigit`: whether the text has one.
  function visibleShare(box, clips, root, hasDigit) {
    let share = 1;
    for (const element of clips) {
      const clip = element.getBoundingClientRect();
      if (clip.width < MIN_CLIP_PX || clip.height < MIN_CLIP_PX) return 0;
      const vertical = Math.min(box.bottom, clip.bottom) - Math.max(box.top, clip.top);
      share = Math.min(share, vertical / box.height);
      // A number that is too wide for its cell is still that number; what stands wholly beside its box is not seen.
      const horizontal = Math.min(box.right, clip.right) - Math.max(box.left, clip.left);
      if (horizontal > WHOLE_SHARE * (box.right - box.left)) continue;
      if (horizontal <= 0 && element !== root && getComputedStyle(element).textOverflow !== "ellipsis") return 0;
      if (hasDigit) share = Math.min(share, CUT_SHARE);
    }
    return share < MIN_SHARE ? 0 : share < WHOLE_SHARE ? share : 1;
  }

  // Whether a box is where nobody can scroll to, or far from its element, which is not there itself.
  function isAway(box, around) {
    const isUnreachable = ({ right, bottom }) => right + scrollX <= 0 || bottom + scrollY <= 0;
    if (isUnreachable(box)) return !isUnreachable(around);
    return Math.max(around.left - box.right, box.left - around.right, around.top - box.bottom, box.top - around.bottom) > FAR_PX;
  }

  // Whether generated content, which no script can measure, is shifted out of sight by its style.
  function isShiftedAway({ position, left, top, textIndent, transform }) {
    const isOutOfFlow = position === "absolute" || position === "fixed";
    if (isOutOfFlow && Math.min(parseFloat(left) || 0, parseFloat(top) || 0) < -MAX_SHIFT_PX) return true;
    if (parseFloat(textIndent) < -MAX_SHIFT_PX) return true;
    if (!transform || transform === "none") return false;
    const { a, b, c, d, e, f } = new DOMMatrixReadOnly(transform);
    return Math.min(e, f) < -MAX_SHIFT_PX || Math.abs(a * d - b * c) < 0.01;
  }

  // Whether something opaque of the same element is drawn over the middle of a box. Only the window can be asked.
  function isCovered(box, holder, root) {
    const hit = root.getRootNode().elementFromPoint?.((box.left + box.right) / 2, (box.top + box.bottom) / 2);
    if (!hit || !root.contains(hit) || hit.contains(holder)) return false;
    return /^(img|canvas|video)$/.test(hit.localName) || alphaOf(getComputedStyle(hit).backgroundColor) > 0.9;
  }

  const channels = (colour) => colour.match(/^rgba?\(/) ? colour.match(/[\d.]+/g).slice(0, 3).map(Number) : null;
  const luminance = (rgb) => rgb
    .map((each) => each / 255)
    .map((each) => (each <= 0.03928 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4))
    .reduce((sum, each, i) => sum + each * [0.2126, 0.7152, 0.0722][i], 0);

  // Whether a text has nearly the colour of its background. false where that cannot be known.
  function isFaint(style, holder) {
    const ink = channels(style.color);
    if (!ink) return false;
    let paper = [255, 255, 255];
    for (let element = holder; element; element = element.parentElement ?? element.getRootNode().host) {
      const { backgroundColor, backgroundImage } = getComputedStyle(element);
      if (backgroundImage !== "none") return false;
      if (alphaOf(backgroundColor) < 0.5) continue;
      paper = channels(backgroundColor);
      break;
    }
    if (!paper) return false;
    const [dark, bright] = [luminance(ink), luminance(paper)].sort((a, b) => a - b);
    return (bright + 0.05) / (dark + 0.05) < MIN_CONTRAST;
  }

  return { alphaOf, isHiddenByStyle, isInkless, isClippedAway, isShiftedAway, clipsOverflow, visibleShare, isAway, isCovered, isFaint };
}
